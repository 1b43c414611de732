# workerd serve worker.capnp
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "policy", worker = .worker)],
  sockets = [(name = "http", address = "*:8080", http = (), service = "policy")],
);

const worker :Workerd.Worker = (
  compatibilityDate = "2026-01-01",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "handler.js", esModule = embed "handler.js"),
    (name = "policy/policy.js", esModule = embed "policy/policy.js"),
    (name = "policy/policy.wasm", wasm = embed "policy/policy.wasm"),
  ],
);
