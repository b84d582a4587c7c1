import { type Api, type Stream, type Timings } from "../../core/src/index.js";
/** Subscriptions as server-sent events (graphql-sse, distinct connections), for networks that let no websocket through. */
export declare function eventStreams(api: Api, timings: Timings): Stream;
