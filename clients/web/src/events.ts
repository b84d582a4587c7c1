import { type Api, ApiError, dataOf, failureOf, type GraphQLFailure, type Operation, type Stream, type Timings } from "../../core/src/index.ts";

/** Subscriptions as server-sent events (graphql-sse, distinct connections), for networks that let no websocket through. */
export function eventStreams(api: Api, timings: Timings): Stream {
  return (operation) => {
    const leaving = new AbortController();
    const stream = new EventStream(api, timings, leaving);
    stream.run(operation).then(
      () => operation.error(new ApiError("COMPLETED")),
      (error) => {
        if (!stream.isLeft) operation.error(error instanceof ApiError ? error : new ApiError("OFFLINE", String(error)));
      },
    );
    return () => stream.leave();
  };
}

class EventStream {
  isLeft = false;
  readonly #api: Api;
  readonly #silenceMs: number;
  readonly #ending: AbortController;
  #bark: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api, timings: Timings, ending: AbortController) {
    this.#api = api;
    this.#silenceMs = timings.pingEveryMs + timings.pongWithinMs;
    this.#ending = ending;
  }

  leave(): void {
    this.isLeft = true;
    this.#ending.abort();
  }

  async run<T>(operation: Operation<T>): Promise<void> {
    try {
      this.#heard();
      for await (const { event, data } of this.#messages(await this.#open(operation))) {
        if (this.isLeft) return;
        if (event === "next") hand(JSON.parse(data) as Result<T>, operation);
      }
    } catch (error) {
      if (error instanceof ApiError && error.code === "UNAUTHENTICATED") await this.#api.renew();
      throw error;
    } finally {
      clearTimeout(this.#bark);
      this.#ending.abort();
    }
  }

  async #open<T>(operation: Operation<T>): Promise<ReadableStream<Uint8Array>> {
    const response = await fetch(this.#api.url, {
      method: "POST",
      headers: { ...this.#api.headers(), accept: "text/event-stream" },
      body: JSON.stringify({ query: operation.query, variables: operation.variables() }),
      signal: this.#ending.signal,
    });
    const { status, headers, body } = response;
    if (body && headers.get("content-type")?.startsWith("text/event-stream")) {
      operation.opened?.();
      return body;
    }
    dataOf({ status, retryAfter: headers.get("retry-after"), body: await response.text() });
    throw new ApiError("UNAVAILABLE");
  }

  async *#messages(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: string }> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      this.#heard();
      const blocks = (text + decoder.decode(part.value, { stream: true })).split("\n\n");
      text = blocks.pop()!;
      yield* blocks.map(messageOf);
    }
  }

  /** The server writes a comment now and then: silence means that the stream is dead. */
  #heard(): void {
    clearTimeout(this.#bark);
    this.#bark = setTimeout(() => this.#ending.abort(), this.#silenceMs);
  }
}

interface Result<T> {
  data?: T;
  errors?: GraphQLFailure[];
}

function hand<T>({ data, errors }: Result<T>, operation: Operation<T>): void {
  if (errors?.length) throw failureOf(errors);
  if (data) operation.next(data);
}

function messageOf(block: string): { event: string; data: string } {
  const message = { event: "", data: "" };
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) message.event = line.slice(6).trim();
    else if (line.startsWith("data:")) message.data += line.slice(5).trim();
  }
  return message;
}
