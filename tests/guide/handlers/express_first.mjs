// The first handler of an Express user: lets Express parse the body, prints the event, and says success.
import express from "express";

const app = express();
app.use(express.json());
app.post("/webhook", (request, response) => {
  const { type, payload } = request.body;
  console.log(`event ${type}`);
  console.log(JSON.stringify(payload));
  response.status(200).json({ success: true });
});
app.listen(Number(process.argv[2]), "127.0.0.1");
