import type { HttpAnswer, Post } from "../../core/src/index.ts";
import type { Wx } from "./wx.ts";

/** `wx.request` takes 10 at once; two are left to the rest of the app. */
const AT_ONCE = 8;
const TIMEOUT_MS = 15_000;
const GRACE_MS = 1_000;

/** `wx.request` as a poster of JSON. What is too much at once waits for its turn. */
export function wxPost(wx: Wx, timeoutMs = TIMEOUT_MS, atOnce = AT_ONCE): Post {
  const waiting: (() => void)[] = [];
  let running = 0;

  const done = () => {
    running--;
    const next = waiting.shift();
    if (next) next();
  };

  return (url, body, headers) =>
    new Promise((resolve, reject) => {
      const begin = () => {
        running++;
        send(wx, url, body, headers, timeoutMs).then(
          (answer) => {
            done();
            resolve(answer);
          },
          (error) => {
            done();
            reject(error);
          },
        );
      };
      if (running < atOnce) begin();
      else waiting.push(begin);
    });
}

function send(
  wx: Wx,
  url: string,
  data: string,
  header: Record<string, string>,
  timeout: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    // In the background neither of its callbacks may ever be called.
    const late = setTimeout(() => {
      if (task) task.abort();
      reject(new Error("request:fail timeout"));
    }, timeout + GRACE_MS);
    const task = wx.request({
      url,
      method: "POST",
      data,
      header,
      timeout,
      dataType: "text",
      responseType: "text",
      success: (answer) => {
        clearTimeout(late);
        resolve(answerOf(answer));
      },
      fail: ({ errMsg }) => {
        clearTimeout(late);
        reject(new Error(errMsg));
      },
    });
  });
}

/** The names of headers come as the server or the platform writes them; the body as text, or parsed by old versions. */
function answerOf(answer: { statusCode: number; data: unknown; header: Record<string, unknown> }): HttpAnswer {
  const { statusCode: status, data, header = {} } = answer;
  const name = Object.keys(header).filter((key) => key.toLowerCase() === "retry-after")[0];
  return {
    status,
    retryAfter: name === undefined ? null : String(header[name]),
    body: typeof data === "string" ? data : JSON.stringify(data),
  };
}
