/** For Node, whose servers know nothing of Request and Response: serves at $PORT, or 8080. */
import { createServer } from "node:http";
import { Readable } from "node:stream";
import worker from "./server.js";

const server = createServer(async (incoming, outgoing) => {
  const { method, url } = incoming;
  const body = method === "GET" || method === "HEAD" ? null : Readable.toWeb(incoming);
  const response = await worker.fetch(new Request(new URL(url, "http://localhost"), { method, body, duplex: "half" }));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
});
server.listen(Number(process.env.PORT ?? 8080), () => console.log(`http://localhost:${server.address().port}/`));
