import type { Post } from "../../core/src/index.js";
import type { Wx } from "./wx.js";
/** `wx.request` as a poster of JSON. What is too much at once waits for its turn. */
export declare function wxPost(wx: Wx, timeoutMs?: number, atOnce?: number): Post;
