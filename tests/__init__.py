"""The tests: `unit` mirrors app and workers, `contract` holds twins and real things together, `scenarios` play whole
stories over real HTTP and real processes, `browser` looks at pages, `bench` measures."""
