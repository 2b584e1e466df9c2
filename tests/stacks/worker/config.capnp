# A Worker in workerd, Cloudflare's own runtime. PORT and FILE are replaced before it starts.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .handler)],
  sockets = [(name = "http", address = "127.0.0.1:PORT", http = (), service = "main")],
);

const handler :Workerd.Worker = (
  modules = [(name = "webhook", esModule = embed "FILE")],
  compatibilityDate = "2025-09-01",
  bindings = [(name = "MAGIC_HOUR_WEBHOOK_SECRET", fromEnvironment = "MAGIC_HOUR_WEBHOOK_SECRET")],
);
