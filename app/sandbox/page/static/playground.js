// The page's behaviour: look at the world once a second, swap in what changed, send acts.

const LOOK_MS = 1000;
const SILENT = "The playground does not answer. Is it still running?";
const shown = {};
const sources = new WeakMap();
let chosen = named(location.pathname);
let looking = null;

// A pull request's own address, as links from Slack have it: /owner/name/pull/7.
function named(path) {
  const found = path.match(/^\/([^/]+\/[^/]+)\/pull\/(\d+)$/);
  return found && { repository: found[1], number: Number(found[2]) };
}

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Look, then draw. A look under way is shared.
function look() {
  looking ??= fetchScene().catch(() => say(SILENT)).finally(() => { looking = null; });
  return looking;
}

async function fetchScene() {
  const asked = chosen;
  const query = chosen ? `?${new URLSearchParams({ repository: chosen.repository, number: chosen.number })}` : "";
  const answer = await fetch(`/scene${query}`);
  if (!answer.ok) return say("The playground is in trouble; its log says more.");
  const scene = await answer.json();
  if (chosen === asked) draw(scene); // else somebody chose another one meanwhile, and this answer is about the old one
}

function draw(scene) {
  const changed = chosen?.number !== scene.chosen?.number || chosen?.repository !== scene.chosen?.repository;
  chosen = scene.chosen;
  const following = all("[data-follow]").filter((home) => isAtEnd(home) || (changed && home.dataset.fragment === "conversation"));
  const fresh = Object.entries(scene.fragments).filter(([name, html]) => shown[name] !== html);
  for (const [name, html] of fresh) swap(name, html);
  if (fresh.length) for (const home of following) home.scrollTop = home.scrollHeight;
  one(".tools").hidden = !chosen;
  for (const button of all(".tools button[data-act]")) {
    const isPossible = scene.can.includes(button.dataset.act);
    button.hidden = !isPossible && ["close", "reopen"].includes(button.dataset.act);
    button.disabled = !isPossible;
  }
}

// Whoever reads the end of a conversation goes on reading its end.
const isAtEnd = (home) => home.scrollHeight - home.scrollTop - home.clientHeight < 80;

// Replace only the children whose HTML changed, so that focus, selection and opened details stay where they are.
function swap(name, html) {
  shown[name] = html;
  const home = one(`[data-fragment="${name}"]`);
  const refocus = holdFocus(home);
  const old = new Map([...home.children].map((child) => [child.dataset.key, child]));
  const next = [...new DOMParser().parseFromString(html, "text/html").body.children].map((fresh) => kept(old.get(fresh.dataset.key), fresh));
  [...home.children].filter((child) => !next.includes(child)).forEach((child) => child.remove());
  next.forEach((child, place) => { if (home.children[place] !== child) home.insertBefore(child, home.children[place] ?? null); });
  refocus();
}

// The old child where it came from the same HTML, else the new one, with the same details opened.
function kept(old, fresh) {
  sources.set(fresh, fresh.outerHTML);
  if (!old) return fresh;
  if (sources.get(old) === sources.get(fresh)) return old;
  all("details", fresh).forEach((details, place) => { details.open = all("details", old)[place]?.open ?? details.open; });
  return fresh;
}

// When the focused thing is replaced, its successor gets the focus.
function holdFocus(home) {
  const active = document.activeElement;
  const key = home.contains(active) && active.closest("[data-key]")?.dataset.key;
  if (!key) return () => {};
  const reach = () => {
    const child = [...home.children].find((one) => one.dataset.key === key);
    return child ? [child, ...all("button, a, summary", child)] : [];
  };
  const place = reach().indexOf(active);
  return () => { if (!active.isConnected) reach()[place]?.focus(); };
}

async function act(name, values) {
  try {
    const answer = await fetch(`/acts/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ repository: chosen?.repository, number: chosen?.number, ...values }),
    });
    const result = await answer.json();
    if (!answer.ok) return say(result.error) && false;
    if (result.number) chosen = result;
    await looking;
    await looking;
    await look();
    return true;
  } catch {
    return say(SILENT) && false;
  }
}

let fading;
function say(text) {
  const toast = one(".toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { toast.hidden = true; }, 6000);
  return true;
}

function toggle(id) {
  const form = document.getElementById(id);
  form.hidden = !form.hidden;
  for (const button of all(`[data-toggle="${id}"][aria-expanded]`)) button.setAttribute("aria-expanded", String(!form.hidden));
  if (form.hidden) return;
  if (id === "edit-form") form.elements.title.value = chosen.title;
  one("input", form).focus();
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  if (button.dataset.toggle) return toggle(button.dataset.toggle);
  if (button.dataset.repository) {
    chosen = { repository: button.dataset.repository, number: Number(button.dataset.number) };
    await looking;
    return look();
  }
  const { act: name, ts, action, confirm: question } = button.dataset;
  if (!name || button.ariaBusy || (question && !window.confirm(question))) return;
  button.ariaBusy = "true";
  await act(name, ts ? { ts, action_id: action } : {});
  button.ariaBusy = null;
});

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (!(await act(form.dataset.act, Object.fromEntries(new FormData(form))))) return;
  form.reset();
  if (form.id) toggle(form.id);
});

look();
setInterval(() => { if (!document.hidden) look(); }, LOOK_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
