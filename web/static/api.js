// What the page asks the server. Answers come through Gradio's own API, as any program may ask for them.

/** A refusal in one clear line. `code`: busy, warming, bad-input, failed, limit, offline. */
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** GETs, POSTs, PUTs or DELETEs; the reply as an object. */
export async function call(method, path, body, signal) {
  const raw = body instanceof Blob;
  const headers = body === undefined ? {} : { "content-type": raw ? "application/octet-stream" : "application/json" };
  const sent = body === undefined || raw ? body : JSON.stringify(body);
  let response;
  try {
    response = await fetch(path, { method, headers, body: sent, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("offline", "The server does not answer. Is it still running?");
  }
  const reply = await response.json().catch(() => ({}));
  if (response.ok) return reply;
  const code = { 429: "limit", 503: "busy" }[response.status] ?? "failed";
  throw new Refused(code, typeof reply.detail === "string" ? reply.detail : `The server replied ${response.status}.`);
}

/** Asks; yields partial answers and at last the whole one. Aborting `signal` stops the server too. */
export async function* ask(question, history, model, signal) {
  const { event_id: id } = await call("POST", "gradio_api/call/ask", { data: [question, history, model] }, signal);
  const stop = () => call("POST", "gradio_api/cancel", { session_hash: id, fn_index: 0, event_id: id }).catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  try {
    const response = await fetch(`gradio_api/call/ask/${id}`, { signal });
    for await (const { event, data } of events(response.body)) {
      if (event === "error")
        throw new Refused(
          data?.title ?? "failed",
          data?.error ?? "Something went wrong with this question. Try it again.",
        );
      if (event === "generating" || event === "complete") yield data[0];
      if (event === "complete") return;
    }
    throw new Refused("offline", "The connection was lost before the answer was whole. Try again.");
  } catch (error) {
    if (error instanceof TypeError) throw new Refused("offline", "The server does not answer. Is it still running?");
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** The events of a server-sent stream. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n\n");
      rest = parts.pop();
      for (const part of parts) {
        const event = /^event: (.*)$/m.exec(part)?.[1];
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (event) yield { event, data: data ? JSON.parse(data) : null };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
