// Serves a Hono application in Node: node hono.mjs FILE PORT

import { pathToFileURL } from "node:url";
import { serve } from "@hono/node-server";

const [file, port] = process.argv.slice(2);
const { default: app } = await import(pathToFileURL(file).href);
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
