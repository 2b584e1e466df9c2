// A function URL of AWS Lambda on this machine: node serve.mjs FILE PORT
//
// Hands requests over as Lambda does: names in lower case, repeated headers joined, a body in base64 where the content
// type is not one of text, and an answer of 502 where the function throws.

import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [file, port] = process.argv.slice(2);
const { handler } = await import(pathToFileURL(file).href);

async function read(request) {
  const chunks = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}

createServer(async (request, response) => {
  const body = await read(request);
  if (!body) return; // The client hung up.
  const headers = Object.fromEntries(Object.entries(request.headersDistinct).map(([name, values]) => [name, values.join(",")]));
  const isText = /^(text\/|application\/(json|javascript|xml))/.test(headers["content-type"] ?? "");
  try {
    const answer = await handler({
      version: "2.0",
      rawPath: new URL(request.url, "http://localhost").pathname,
      headers,
      requestContext: { http: { method: request.method } },
      body: body.toString(isText ? "utf8" : "base64"),
      isBase64Encoded: !isText,
    });
    response.writeHead(answer.statusCode, answer.headers).end(answer.body);
  } catch (error) {
    console.error(error);
    response.writeHead(502).end("Internal Server Error");
  }
}).listen(Number(port), "127.0.0.1");
