// The handler for production: answers first, works afterwards, and answers 500 to what it cannot read.
import express from "express";

const app = express();
app.use(express.json());
const work = async (type, payload) => console.log(`event ${type}: job ${payload.id} is ${payload.status}`);

app.post("/webhook", (request, response) => {
  try {
    const { type, payload } = request.body;
    console.log(`received ${type} of job ${payload.id}`);
    response.status(200).json({ success: true });
    work(type, payload).catch((error) => console.error(error.message));
  } catch (error) {
    console.error(`failed: ${error.message}`);
    response.status(500).json({ error: "Internal error" });
  }
});
app.listen(Number(process.argv[2]), "127.0.0.1");
