// Drives the sandbox with the official Node SDK, unmodified but for its base URL.
//
//     node drive.js BASE_URL
//
// Prints a line for each thing that holds or does not; the last one reads `N passed, N failed`.

process.env.MAGIC_HOUR_POLL_INTERVAL = "0.1";
process.env.MAGIC_HOUR_LOG_LEVEL = "error";

const { createHmac, timingSafeEqual } = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const { default: Client } = require("magic-hour");

const SECRET = "mhw_test_0123456789abcdefghijABCDEFGHIJ";
const [image, video, audio] = ["png", "mp4", "mp3"].map((extension) => `https://example.com/input.${extension}`);

const tools = {
  aiClothesChanger: { assets: { personFilePath: image, garmentFilePath: image, garmentType: "upper_body" } },
  aiFaceEditor: { assets: { imageFilePath: image }, style: {} },
  aiGifGenerator: { style: { prompt: "Hi" } },
  aiHeadshotGenerator: { assets: { imageFilePath: image } },
  aiImageEditor: { assets: { imageFilePath: image }, style: { prompt: "Hi" } },
  aiImageGenerator: { imageCount: 1, orientation: "square", style: { prompt: "Hi" } },
  aiImageUpscaler: { assets: { imageFilePath: image }, scaleFactor: 2, style: { enhancement: "Balanced" } },
  aiMemeGenerator: { style: { topic: "Hi", template: "Random" } },
  aiQrCodeGenerator: { content: "Hi", style: { artStyle: "Watercolor" } },
  aiTalkingPhoto: { startSeconds: 0, endSeconds: 1, assets: { imageFilePath: image, audioFilePath: audio } },
  aiVoiceGenerator: { style: { prompt: "Hi", voiceName: "Elon Musk" } },
  autoSubtitleGenerator: {
    startSeconds: 0, endSeconds: 1, assets: { videoFilePath: video }, style: { template: "karaoke" },
  },
  faceDetection: { assets: { targetFilePath: image } },
  faceSwap: {
    startSeconds: 0, endSeconds: 1, assets: { imageFilePath: image, videoFilePath: video, videoSource: "file" },
  },
  faceSwapPhoto: { assets: { sourceFilePath: image, targetFilePath: image } },
  imageBackgroundRemover: { assets: { imageFilePath: image } },
  imageToVideo: { endSeconds: 1, assets: { imageFilePath: image } },
  lipSync: {
    startSeconds: 0, endSeconds: 1, assets: { audioFilePath: audio, videoFilePath: video, videoSource: "file" },
  },
  photoColorizer: { assets: { imageFilePath: image } },
  textToVideo: { endSeconds: 1, orientation: "landscape", style: { prompt: "Hi" } },
};

let [passed, failed] = [0, 0];

function record(holds, what, seen) {
  if (holds) passed += 1;
  else failed += 1;
  console.log(holds ? `ok      node: ${what}` : `FAILED  node: ${what}: ${JSON.stringify(seen) ?? seen}`);
}

/** Whether a call goes through; gives what it returned. */
async function attempt(what, call) {
  try {
    const result = await call();
    record(true, what);
    return result;
  } catch (error) {
    record(false, what, String(error.stack ?? error));
    return undefined;
  }
}

async function refusal(status, what, call) {
  try {
    record(false, `${status}: ${what}`, await call());
  } catch (error) {
    record(error.response?.status === status, `${status}: ${what}`, String(error));
  }
}

/** Takes deliveries, and judges their signatures with nothing but the standard library. */
function handler() {
  const events = [];
  const server = http.createServer((request, response) => {
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
      const body = Buffer.concat(pieces);
      const { "magic-hour-event-timestamp": timestamp, "magic-hour-event-signature": signature } = request.headers;
      const digest = createHmac("sha256", SECRET).update(`${timestamp}.`).update(body).digest();
      events.push({ authentic: timingSafeEqual(digest, Buffer.from(signature, "hex")), ...JSON.parse(body) });
      response.end();
      server.emit("delivery");
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve({ server, events })));
}

async function eventsOf({ server, events }, jobId, count) {
  const found = () => events.filter((event) => event.payload.id === jobId);
  const deadline = setTimeout(() => server.emit("delivery", "late"), 30_000);
  while (found().length < count) {
    const late = await new Promise((resolve) => server.once("delivery", resolve));
    if (late) break;
  }
  clearTimeout(deadline);
  return found();
}

async function generate(client, webhooks) {
  fs.writeFileSync("input.png", "\x89PNG, or so it says");
  const name = "[duration=500ms]";
  const options = { waitForCompletion: true, downloadOutputs: true, downloadDirectory: "outputs" };
  const runs = {
    image: () => client.v1.photoColorizer.generate({ assets: { imageFilePath: "input.png" }, name }, options),
    video: () => client.v1.imageToVideo.generate({ assets: { imageFilePath: "input.png" }, endSeconds: 1, name }, options),
    // generate() of this release looks for the voice among the images, so its two halves are called by hand.
    audio: async () => {
      const created = await client.v1.aiVoiceGenerator.create({ style: { prompt: "Hi", voiceName: "Elon Musk" }, name });
      return client.v1.audioProjects.checkResult({ id: created.id }, options);
    },
  };
  for (const [kind, run] of Object.entries(runs)) {
    const done = await attempt(`${kind}: generate uploads, creates, polls and downloads`, run);
    if (!done) continue;
    record(done.status === "complete", `${kind}: the job completes`, done.status);
    const sizes = (done.downloadedPaths ?? []).map((path) => fs.statSync(path).size);
    record(sizes.length === done.downloads.length && sizes.every(Boolean), `${kind}: the output is there`, sizes);
    const events = await eventsOf(webhooks, done.id, 2);
    const types = events.map((event) => event.type);
    record(types.join() === `${kind}.started,${kind}.completed`, `${kind}: webhooks come in order`, types);
    record(events.every((event) => event.authentic), `${kind}: Node's crypto accepts their signatures`);
    const projects = client.v1[`${kind}Projects`];
    await attempt(`${kind}: get`, () => projects.get({ id: done.id }));
    await attempt(`${kind}: delete`, () => projects.delete({ id: done.id }));
    const deleted = await attempt(`${kind}: get again`, () => projects.get({ id: done.id }));
    record(deleted?.enabled === false, `${kind}: a deleted project is not enabled`, deleted);
  }
}

async function main() {
  const baseUrl = process.argv[2];
  const client = new Client({ token: "any", baseUrl });
  const webhooks = await handler();
  const url = `http://127.0.0.1:${webhooks.server.address().port}/`;
  await fetch(`${baseUrl}/_sandbox/endpoints`, { method: "POST", body: JSON.stringify({ url, secret: SECRET }) });

  for (const [tool, request] of Object.entries(tools)) {
    await attempt(`${tool}.create`, () => client.v1[tool].create(request));
  }
  await generate(client, webhooks);

  const prompt = (text) => client.v1.aiImageGenerator.create({ imageCount: 1, orientation: "square", style: { prompt: text } });
  await refusal(400, "an empty prompt", () => prompt(""));
  await refusal(400, "a file that was never uploaded", () =>
    client.v1.photoColorizer.create({ assets: { imageFilePath: "cat.png" } }));
  await refusal(401, "no key", () => new Client({ baseUrl }).v1.imageProjects.get({ id: "cm0" }));
  const dear = { endSeconds: 60, orientation: "landscape", resolution: "1080p", style: { prompt: "Hi" } };
  await attempt("a job that takes most of the account's credits", () => client.v1.textToVideo.create(dear));
  await refusal(402, "a job beyond the account's credits", () => client.v1.textToVideo.create(dear));
  await refusal(404, "a project that does not exist", () => client.v1.imageProjects.get({ id: "cm0" }));
  await refusal(422, "an extension of another type", () =>
    client.v1.files.uploadUrls.create({ items: [{ type: "audio", extension: "mp4" }] }));
  await refusal(429, "a directive", () => prompt("[status=429]"));

  webhooks.server.close();
  webhooks.server.closeAllConnections();
  console.log(`${passed} passed, ${failed} failed`);
}

main();
