/*! Yutang clients, Apache-2.0. Contains graphql-ws, MIT, Copyright (c) Denis Badurina. */
// core/src/failures.ts
const PASSING = [
	"COMPLETED",
	"INTERNAL",
	"OFFLINE",
	"OVERLOADED",
	"RATE_LIMITED",
	"TIMEOUT",
	"UNAVAILABLE"
];
var ApiError = class extends Error {
	constructor(code, message = "", retryAfterS = 0, retryable = PASSING.indexOf(code) >= 0) {
		super(message);
		this.code = code;
		this.retryAfterS = retryAfterS;
		this.retryable = retryable;
	}
};
function failureOf(errors, retryAfterS = 0) {
	const { message = "", extensions = {} } = errors[0] || {};
	const code = typeof extensions.code === "string" ? extensions.code : "INTERNAL";
	const retryable = typeof extensions.retryable === "boolean" ? extensions.retryable : void 0;
	return new ApiError(code, message, Number(extensions.retryAfterSeconds) || retryAfterS, retryable);
}
// core/src/api.ts
var Api = class {
	constructor(url, post, credentials, language) {
		this.renewing = null;
		this.url = url;
		this.post = post;
		this.credentials = credentials;
		this.language = language;
	}
	async request(query, variables = {}) {
		const { credentials } = this;
		const token = credentials.token();
		try {
			return await this.send(query, variables, token);
		} catch (error) {
			if (!(error instanceof ApiError) || error.code !== "UNAUTHENTICATED") throw error;
			if (!(credentials.token() === token ? await this.renew() : credentials.token() !== null)) throw error;
			return this.send(query, variables);
		}
	}
	renew() {
		if (!this.renewing) {
			const done = () => this.renewing = null;
			this.renewing = this.credentials.renew ? this.credentials.renew() : Promise.resolve(false);
			this.renewing.then(done, done);
		}
		return this.renewing;
	}
	async send(query, variables, token = this.credentials.token()) {
		return dataOf(await this.answer(JSON.stringify({
			query,
			variables
		}), this.headers(token)));
	}
	headers(token = this.credentials.token()) {
		const headers = {
			"content-type": "application/json",
			accept: "application/json",
			"accept-language": this.language
		};
		if (token) headers["authorization"] = `Bearer ${token}`;
		return headers;
	}
	async answer(body, headers) {
		try {
			return await this.post(this.url, body, headers);
		} catch (error) {
			throw new ApiError("OFFLINE", String(error));
		}
	}
};
function dataOf({ status, retryAfter, body }) {
	const retryAfterS = Number(retryAfter) || 0;
	const said = parsed(body);
	const errors = said && said.errors || [];
	const message = errors[0] ? errors[0].message : "";
	if (status === 401) throw new ApiError("UNAUTHENTICATED", message);
	if (status === 429) throw new ApiError("RATE_LIMITED", message, retryAfterS);
	if (errors.length) throw failureOf(errors, retryAfterS);
	if (!said || !said.data) throw new ApiError("UNAVAILABLE", "", retryAfterS);
	return said.data;
}
function parsed(body) {
	try {
		return JSON.parse(body);
	} catch {
		return null;
	}
}
// core/src/waits.ts
const TIMINGS = {
	pingEveryMs: 25e3,
	pongWithinMs: 1e4,
	openWithinMs: 1e4,
	standsAfterMs: 5e3,
	asleepAfterMs: 5e3,
	lingerMs: 3e3,
	retryFirstMs: 500,
	retryMostMs: 3e4,
	fallBackAfter: 3,
	pollLeastMs: 500,
	pollMostMs: 3e4,
	stayAwayMs: {
		1008: [1e4, 1e4],
		1012: [0, 5e3],
		1013: [1e3, 5e3],
		4008: [500, 1e3],
		4429: [1e4, 1e4]
	}
};
function backoffMs(failures, timings) {
	return Math.min(timings.retryFirstMs * Math.pow(2, failures), timings.retryMostMs) * (.5 + Math.random() / 2);
}
var Naps = class {
	constructor() {
		this.wakers = new Set();
	}
	nap(ms) {
		return new Promise((resolve) => {
			const done = () => {
				clearTimeout(timer);
				this.wakers.delete(done);
				resolve();
			};
			const timer = setTimeout(done, ms);
			this.wakers.add(done);
		});
	}
	wake() {
		for (const done of Array.from(this.wakers)) done();
	}
};
// core/src/room.ts
const STREAM_FAILURES_MOST = 2;
const REFUSALS_MOST$1 = 3;
var Room = class {
	constructor({ api, socket, naps, timings, stream }, roomId, documents, sink) {
		this.connection = null;
		this.after = 0;
		this.age = 0;
		this.isOver = false;
		this.hasJoined = false;
		this.isFallingBack = false;
		this.refusals = 0;
		this.ends = 0;
		this.streamFailures = 0;
		this.endListening = () => {};
		this.endStream = () => {};
		this.api = api;
		this.socket = socket;
		this.naps = naps;
		this.timings = timings;
		this.stream = stream;
		this.roomId = roomId;
		this.documents = documents;
		this.sink = sink;
		this.unwatch = socket.watch(() => this.look());
		this.tell("joining");
		this.join();
	}
	leave() {
		this.isOver = true;
		this.age++;
		this.unwatch();
		this.endListening();
		this.endStream();
	}
	async join() {
		const age = ++this.age;
		this.hasJoined = false;
		this.endListening();
		this.endStream();
		const room = await this.snapshot(age);
		if (!room || !this.isCurrent(age)) return;
		this.after = room.seq;
		this.epoch = room.epoch;
		this.hasJoined = true;
		this.hand(() => this.sink.snapshot(room));
		this.listen();
	}
	async snapshot(age) {
		for (let failures = 0; this.isCurrent(age); failures++) try {
			const { liveRoom } = await this.api.request(this.documents.room, { roomId: this.roomId });
			if (!liveRoom) throw new ApiError("NOT_FOUND");
			return liveRoom;
		} catch (error) {
			if (this.isCurrent(age)) await this.bear(error, failures);
		}
		return null;
	}
	async bear(error, failures) {
		const isOne = error instanceof ApiError;
		const isRefused = isOne && (error.code === "UNAUTHENTICATED" || error.code === "FORBIDDEN");
		if (!isOne || !error.retryable && !(isRefused && ++this.refusals < REFUSALS_MOST$1)) {
			this.fail(isOne ? error : new ApiError("INTERNAL", String(error)));
			return;
		}
		if (this.socket.state !== "live") this.tell("waiting");
		await this.naps.nap(Math.max(backoffMs(failures, this.timings), error.retryAfterS * 1e3));
	}
	listen() {
		this.endListening = this.socket.subscribe(this.operation(this.age, (error) => void this.refused(error)));
		this.look();
	}
	operation(age, error) {
		return {
			query: this.documents.events,
			variables: () => this.cursor,
			next: ({ liveRoomEvents }) => {
				if (this.isCurrent(age)) this.take(liveRoomEvents);
			},
			error: (reason) => {
				if (this.isCurrent(age)) error(reason);
			}
		};
	}
	async refused(error) {
		const { age } = this;
		if (error.code === "RESYNC_REQUIRED") return this.join();
		this.tell("waiting");
		await this.bear(error, this.ends++);
		if (this.isCurrent(age)) this.listen();
	}
	look() {
		if (!this.hasJoined || this.isOver) return;
		const { state, failures } = this.socket;
		if (state === "live") {
			this.endStream();
			this.tell("live");
		} else if (failures >= this.timings.fallBackAfter) this.fallBack();
		else if (state === "waiting" && !this.isFallingBack) this.tell("waiting");
	}
	async fallBack() {
		if (this.isFallingBack) return;
		this.isFallingBack = true;
		for (let failures = 0; !this.isOver && this.socket.state !== "live";) try {
			if (!this.hasJoined || this.socket.isAsleep) await this.naps.nap(this.timings.pollLeastMs);
			else if (this.stream && this.streamFailures < STREAM_FAILURES_MOST) await this.flow(this.stream);
			else await this.naps.nap(await this.poll());
			failures = 0;
		} catch (error) {
			if (!this.isOver) await this.bear(error, failures++);
		}
		this.isFallingBack = false;
	}
	flow(stream) {
		return new Promise((resolve, reject) => {
			this.streamFailures++;
			const operation = this.operation(this.age, (error) => {
				if (error.code === "COMPLETED") this.streamFailures = 0;
				if (error.code === "RESYNC_REQUIRED") this.join().then(resolve, reject);
				else reject(error);
			});
			const { next } = operation;
			operation.opened = () => this.tell("live");
			operation.next = (data) => {
				this.streamFailures = 0;
				next(data);
			};
			const end = stream(operation);
			this.endStream = () => {
				end();
				resolve();
			};
		});
	}
	async poll() {
		const { age, timings } = this;
		const { liveRoomEventsSince: page } = await this.api.request(this.documents.eventsSince, this.cursor);
		if (!this.isCurrent(age)) return 0;
		if (this.socket.state !== "live") this.tell("polling");
		if (page.resyncRequired) {
			await this.join();
			return 0;
		}
		for (const event of page.events) this.take(event);
		this.after = Math.max(this.after, page.nextAfter);
		return page.nextPollMs && Math.min(Math.max(page.nextPollMs, timings.pollLeastMs), timings.pollMostMs);
	}
	get cursor() {
		return {
			roomId: this.roomId,
			after: this.after,
			epoch: this.epoch
		};
	}
	take(event) {
		const { after } = this;
		if (event.seq <= after) return;
		this.after = event.seq;
		this.refusals = this.ends = 0;
		if (event.seq > after + 1) this.hand(() => this.sink.gap && this.sink.gap(after, event.seq));
		this.hand(() => this.sink.event(event));
	}
	hand(call) {
		try {
			call();
		} catch (fault) {
			setTimeout(() => {
				throw fault;
			}, 0);
		}
	}
	tell(connection) {
		if (this.isOver || this.connection === connection) return;
		this.connection = connection;
		this.hand(() => this.sink.connection && this.sink.connection(connection));
	}
	fail(error) {
		this.leave();
		this.hand(() => this.sink.failed && this.sink.failed(error));
	}
	isCurrent(age) {
		return !this.isOver && age === this.age;
	}
};
// node_modules/graphql-ws/dist/common-CGW11Fyb.js
function extendedTypeof(val) {
	if (val === null) return "null";
	if (Array.isArray(val)) return "array";
	return typeof val;
}
function isObject(val) {
	return extendedTypeof(val) === "object";
}
function areGraphQLFormattedErrors(obj) {
	return Array.isArray(obj) && obj.length > 0 && obj.every((ob) => "message" in ob);
}
function limitCloseReason(reason, whenTooLong) {
	return reason.length < 124 ? reason : whenTooLong;
}
var CloseCode = ((CloseCode2) => {
	CloseCode2[CloseCode2["InternalServerError"] = 4500] = "InternalServerError";
	CloseCode2[CloseCode2["InternalClientError"] = 4005] = "InternalClientError";
	CloseCode2[CloseCode2["BadRequest"] = 4400] = "BadRequest";
	CloseCode2[CloseCode2["BadResponse"] = 4004] = "BadResponse";
	CloseCode2[CloseCode2["Unauthorized"] = 4401] = "Unauthorized";
	CloseCode2[CloseCode2["Forbidden"] = 4403] = "Forbidden";
	CloseCode2[CloseCode2["SubprotocolNotAcceptable"] = 4406] = "SubprotocolNotAcceptable";
	CloseCode2[CloseCode2["ConnectionInitialisationTimeout"] = 4408] = "ConnectionInitialisationTimeout";
	CloseCode2[CloseCode2["ConnectionAcknowledgementTimeout"] = 4504] = "ConnectionAcknowledgementTimeout";
	CloseCode2[CloseCode2["SubscriberAlreadyExists"] = 4409] = "SubscriberAlreadyExists";
	CloseCode2[CloseCode2["TooManyInitialisationRequests"] = 4429] = "TooManyInitialisationRequests";
	return CloseCode2;
})(CloseCode || {});
var MessageType = ((MessageType2) => {
	MessageType2["ConnectionInit"] = "connection_init";
	MessageType2["ConnectionAck"] = "connection_ack";
	MessageType2["Ping"] = "ping";
	MessageType2["Pong"] = "pong";
	MessageType2["Subscribe"] = "subscribe";
	MessageType2["Next"] = "next";
	MessageType2["Error"] = "error";
	MessageType2["Complete"] = "complete";
	return MessageType2;
})(MessageType || {});
function validateMessage(val) {
	if (!isObject(val)) throw new Error(`Message is expected to be an object, but got ${extendedTypeof(val)}`);
	if (!val.type) throw new Error(`Message is missing the 'type' property`);
	if (typeof val.type !== "string") throw new Error(`Message is expects the 'type' property to be a string, but got ${extendedTypeof(val.type)}`);
	switch (val.type) {
		case "connection_init":
		case "connection_ack":
		case "ping":
		case "pong":
			if (val.payload != null && !isObject(val.payload)) throw new Error(`"${val.type}" message expects the 'payload' property to be an object or nullish or missing, but got "${val.payload}"`);
			break;
		case "subscribe":
			if (typeof val.id !== "string") throw new Error(`"${val.type}" message expects the 'id' property to be a string, but got ${extendedTypeof(val.id)}`);
			if (!val.id) throw new Error(`"${val.type}" message requires a non-empty 'id' property`);
			if (!isObject(val.payload)) throw new Error(`"${val.type}" message expects the 'payload' property to be an object, but got ${extendedTypeof(val.payload)}`);
			if (typeof val.payload.query !== "string") throw new Error(`"${val.type}" message payload expects the 'query' property to be a string, but got ${extendedTypeof(val.payload.query)}`);
			if (val.payload.variables != null && !isObject(val.payload.variables)) throw new Error(`"${val.type}" message payload expects the 'variables' property to be a an object or nullish or missing, but got ${extendedTypeof(val.payload.variables)}`);
			if (val.payload.operationName != null && extendedTypeof(val.payload.operationName) !== "string") throw new Error(`"${val.type}" message payload expects the 'operationName' property to be a string or nullish or missing, but got ${extendedTypeof(val.payload.operationName)}`);
			if (val.payload.extensions != null && !isObject(val.payload.extensions)) throw new Error(`"${val.type}" message payload expects the 'extensions' property to be a an object or nullish or missing, but got ${extendedTypeof(val.payload.extensions)}`);
			break;
		case "next":
			if (typeof val.id !== "string") throw new Error(`"${val.type}" message expects the 'id' property to be a string, but got ${extendedTypeof(val.id)}`);
			if (!val.id) throw new Error(`"${val.type}" message requires a non-empty 'id' property`);
			if (!isObject(val.payload)) throw new Error(`"${val.type}" message expects the 'payload' property to be an object, but got ${extendedTypeof(val.payload)}`);
			break;
		case "error":
			if (typeof val.id !== "string") throw new Error(`"${val.type}" message expects the 'id' property to be a string, but got ${extendedTypeof(val.id)}`);
			if (!val.id) throw new Error(`"${val.type}" message requires a non-empty 'id' property`);
			if (!areGraphQLFormattedErrors(val.payload)) throw new Error(`"${val.type}" message expects the 'payload' property to be an array of GraphQL errors, but got ${JSON.stringify(val.payload)}`);
			break;
		case "complete":
			if (typeof val.id !== "string") throw new Error(`"${val.type}" message expects the 'id' property to be a string, but got ${extendedTypeof(val.id)}`);
			if (!val.id) throw new Error(`"${val.type}" message requires a non-empty 'id' property`);
			break;
		default: throw new Error(`Invalid message 'type' property "${val.type}"`);
	}
	return val;
}
function parseMessage(data, reviver) {
	return validateMessage(typeof data === "string" ? JSON.parse(data, reviver) : data);
}
function stringifyMessage(msg, replacer) {
	validateMessage(msg);
	return JSON.stringify(msg, replacer);
}
// node_modules/graphql-ws/dist/client.js
function createClient(options) {
	const { url, connectionParams, lazy = true, onNonLazyError = console.error, lazyCloseTimeout: lazyCloseTimeoutMs = 0, keepAlive = 0, disablePong, connectionAckWaitTimeout = 0, retryAttempts = 5, retryWait = async function randomisedExponentialBackoff(retries2) {
		const retryDelaySeconds = Math.pow(2, retries2);
		await new Promise((resolve) => setTimeout(resolve, retryDelaySeconds * 1e3 + Math.floor(Math.random() * 2700 + 300)));
	}, shouldRetry = isLikeCloseEvent, on, webSocketImpl, generateID = function generateUUID() {
		return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (c) => {
			const r = Math.random() * 16 | 0;
			return (c == "x" ? r : r & 3 | 8).toString(16);
		});
	}, jsonMessageReplacer: replacer, jsonMessageReviver: reviver } = options;
	let ws;
	if (webSocketImpl) {
		if (!isWebSocket(webSocketImpl)) throw new Error("Invalid WebSocket implementation provided");
		ws = webSocketImpl;
	} else if (typeof WebSocket !== "undefined") ws = WebSocket;
	else if (typeof global !== "undefined") ws = global.WebSocket || global.MozWebSocket;
	else if (typeof window !== "undefined") ws = window.WebSocket || window.MozWebSocket;
	if (!ws) throw new Error("WebSocket implementation missing; on Node you can `import WebSocket from 'ws';` and pass `webSocketImpl: WebSocket` to `createClient`");
	const WebSocketImpl = ws;
	const emitter = (() => {
		const message = (() => {
			const listeners2 = {};
			return {
				on(id, listener) {
					listeners2[id] = listener;
					return () => {
						delete listeners2[id];
					};
				},
				emit(message2) {
					if ("id" in message2) listeners2[message2.id]?.(message2);
				}
			};
		})();
		const listeners = {
			connecting: on?.connecting ? [on.connecting] : [],
			opened: on?.opened ? [on.opened] : [],
			connected: on?.connected ? [on.connected] : [],
			ping: on?.ping ? [on.ping] : [],
			pong: on?.pong ? [on.pong] : [],
			message: on?.message ? [message.emit, on.message] : [message.emit],
			closed: on?.closed ? [on.closed] : [],
			error: on?.error ? [on.error] : []
		};
		return {
			onMessage: message.on,
			on(event, listener) {
				const l = listeners[event];
				l.push(listener);
				return () => {
					const i = l.indexOf(listener);
					if (i > -1) l.splice(i, 1);
				};
			},
			emit(event, ...args) {
				for (const listener of [...listeners[event]]) listener(...args);
			}
		};
	})();
	function errorOrClosed(cb) {
		const listening = [emitter.on("error", (err) => {
			listening.forEach((unlisten) => unlisten());
			cb(err);
		}), emitter.on("closed", (event) => {
			listening.forEach((unlisten) => unlisten());
			cb(event);
		})];
		return () => listening.forEach((unlisten) => unlisten());
	}
	let connecting, locks = 0, lazyCloseTimeout, retrying = false, retries = 0, disposed = false;
	async function connect() {
		clearTimeout(lazyCloseTimeout);
		const [socket, throwOnClose] = await (connecting ?? (connecting = new Promise((connected, denied) => (async () => {
			if (retrying) {
				await retryWait(retries);
				if (!locks) {
					connecting = void 0;
					return denied({
						code: 1e3,
						reason: "All Subscriptions Gone"
					});
				}
				retries++;
			}
			emitter.emit("connecting", retrying);
			const socket2 = new WebSocketImpl(typeof url === "function" ? await url() : url, "graphql-transport-ws");
			let connectionAckTimeout, queuedPing;
			function enqueuePing() {
				if (isFinite(keepAlive) && keepAlive > 0) {
					clearTimeout(queuedPing);
					queuedPing = setTimeout(() => {
						if (socket2.readyState === WebSocketImpl.OPEN) {
							socket2.send(stringifyMessage({ type: MessageType.Ping }));
							emitter.emit("ping", false, void 0);
						}
					}, keepAlive);
				}
			}
			errorOrClosed((errOrEvent) => {
				connecting = void 0;
				clearTimeout(connectionAckTimeout);
				clearTimeout(queuedPing);
				denied(errOrEvent);
				if (errOrEvent instanceof TerminatedCloseEvent) {
					socket2.close(4499, "Terminated");
					socket2.onerror = null;
					socket2.onclose = null;
				}
			});
			socket2.onerror = (err) => emitter.emit("error", err);
			socket2.onclose = (event) => emitter.emit("closed", event);
			socket2.onopen = async () => {
				try {
					emitter.emit("opened", socket2);
					const payload = typeof connectionParams === "function" ? await connectionParams() : connectionParams;
					if (socket2.readyState !== WebSocketImpl.OPEN) return;
					socket2.send(stringifyMessage(payload ? {
						type: MessageType.ConnectionInit,
						payload
					} : { type: MessageType.ConnectionInit }, replacer));
					if (isFinite(connectionAckWaitTimeout) && connectionAckWaitTimeout > 0) connectionAckTimeout = setTimeout(() => {
						socket2.close(CloseCode.ConnectionAcknowledgementTimeout, "Connection acknowledgement timeout");
					}, connectionAckWaitTimeout);
					enqueuePing();
				} catch (err) {
					emitter.emit("error", err);
					socket2.close(CloseCode.InternalClientError, limitCloseReason(err instanceof Error ? err.message : String(err), "Internal client error"));
				}
			};
			let acknowledged = false;
			socket2.onmessage = ({ data }) => {
				try {
					const message = parseMessage(data, reviver);
					emitter.emit("message", message);
					if (message.type === "ping" || message.type === "pong") {
						emitter.emit(message.type, true, message.payload);
						if (message.type === "pong") enqueuePing();
						else if (!disablePong) {
							socket2.send(stringifyMessage(message.payload ? {
								type: MessageType.Pong,
								payload: message.payload
							} : { type: MessageType.Pong }, replacer));
							emitter.emit("pong", false, message.payload);
						}
						return;
					}
					if (acknowledged) return;
					if (message.type !== MessageType.ConnectionAck) throw new Error(`First message cannot be of type ${message.type}`);
					clearTimeout(connectionAckTimeout);
					acknowledged = true;
					emitter.emit("connected", socket2, message.payload, retrying);
					retrying = false;
					retries = 0;
					const throwOnClose2 = new Promise((_, reject) => errorOrClosed(reject));
					throwOnClose2.catch(() => {});
					connected([socket2, throwOnClose2]);
				} catch (err) {
					socket2.onmessage = null;
					emitter.emit("error", err);
					socket2.close(CloseCode.BadResponse, limitCloseReason(err instanceof Error ? err.message : String(err), "Bad response"));
				}
			};
		})())));
		if (socket.readyState === WebSocketImpl.CLOSING) await throwOnClose;
		let release = () => {};
		const released = new Promise((resolve) => release = resolve);
		return [
			socket,
			release,
			new Promise((resolve, reject) => {
				const unlisten = errorOrClosed(reject);
				if (socket.readyState !== WebSocketImpl.OPEN) throwOnClose.catch(reject);
				released.then(() => {
					unlisten();
					if (!locks) {
						const complete = () => socket.close(1e3, "Normal Closure");
						if (isFinite(lazyCloseTimeoutMs) && lazyCloseTimeoutMs > 0) {
							clearTimeout(lazyCloseTimeout);
							lazyCloseTimeout = setTimeout(() => {
								if (!locks && socket.readyState === WebSocketImpl.OPEN) complete();
							}, lazyCloseTimeoutMs);
						} else complete();
					}
					resolve();
				});
			})
		];
	}
	function shouldRetryConnectOrThrow(errOrCloseEvent) {
		if (isLikeCloseEvent(errOrCloseEvent) && (isFatalInternalCloseCode(errOrCloseEvent.code) || [
			CloseCode.InternalServerError,
			CloseCode.InternalClientError,
			CloseCode.BadRequest,
			CloseCode.BadResponse,
			CloseCode.Unauthorized,
			CloseCode.SubprotocolNotAcceptable,
			CloseCode.SubscriberAlreadyExists,
			CloseCode.TooManyInitialisationRequests
		].includes(errOrCloseEvent.code))) throw errOrCloseEvent;
		if (disposed) return false;
		if (isLikeCloseEvent(errOrCloseEvent) && errOrCloseEvent.code === 1e3) return locks > 0;
		if (!retryAttempts || retries >= retryAttempts) throw errOrCloseEvent;
		if (!shouldRetry(errOrCloseEvent)) throw errOrCloseEvent;
		return retrying = true;
	}
	if (!lazy) (async () => {
		locks++;
		for (;;) try {
			const [, , throwOnClose] = await connect();
			await throwOnClose;
		} catch (errOrCloseEvent) {
			try {
				if (!shouldRetryConnectOrThrow(errOrCloseEvent)) return;
			} catch (errOrCloseEvent2) {
				return onNonLazyError?.(errOrCloseEvent2);
			}
		}
	})();
	function subscribe(payload, sink) {
		const id = generateID(payload);
		let done = false, errored = false, releaser = () => {
			locks--;
			done = true;
		};
		(async () => {
			locks++;
			for (;;) try {
				const [socket, release, waitForReleaseOrThrowOnClose] = await connect();
				if (done) {
					waitForReleaseOrThrowOnClose.catch(() => {});
					return release();
				}
				const unlisten = emitter.onMessage(id, (message) => {
					switch (message.type) {
						case MessageType.Next:
							sink.next(message.payload);
							return;
						case MessageType.Error:
							errored = true, done = true;
							sink.error(message.payload);
							releaser();
							return;
						case MessageType.Complete:
							done = true;
							releaser();
							return;
					}
				});
				socket.send(stringifyMessage({
					id,
					type: MessageType.Subscribe,
					payload
				}, replacer));
				releaser = () => {
					if (!done && socket.readyState === WebSocketImpl.OPEN) socket.send(stringifyMessage({
						id,
						type: MessageType.Complete
					}, replacer));
					locks--;
					done = true;
					release();
				};
				await waitForReleaseOrThrowOnClose.finally(unlisten);
				return;
			} catch (errOrCloseEvent) {
				if (!shouldRetryConnectOrThrow(errOrCloseEvent)) return;
			}
		})().then(() => {
			if (!errored) sink.complete();
		}).catch((err) => {
			sink.error(err);
		});
		return () => {
			if (!done) releaser();
		};
	}
	return {
		on: emitter.on,
		subscribe,
		iterate(request) {
			const pending = [];
			const deferred = {
				done: false,
				error: null,
				resolve: () => {}
			};
			const dispose = subscribe(request, {
				next(val) {
					pending.push(val);
					deferred.resolve();
				},
				error(err) {
					deferred.done = true;
					deferred.error = err;
					deferred.resolve();
				},
				complete() {
					deferred.done = true;
					deferred.resolve();
				}
			});
			const iterator = async function* iterator2() {
				for (;;) {
					if (!pending.length) await new Promise((resolve) => deferred.resolve = resolve);
					while (pending.length) yield pending.shift();
					if (deferred.error) throw deferred.error;
					if (deferred.done) return;
				}
			}();
			iterator.throw = async (err) => {
				if (!deferred.done) {
					deferred.done = true;
					deferred.error = err;
					deferred.resolve();
				}
				return {
					done: true,
					value: void 0
				};
			};
			iterator.return = async () => {
				dispose();
				return {
					done: true,
					value: void 0
				};
			};
			return iterator;
		},
		async dispose() {
			disposed = true;
			if (connecting) {
				const [socket] = await connecting;
				socket.close(1e3, "Normal Closure");
			}
		},
		terminate() {
			if (connecting) emitter.emit("closed", new TerminatedCloseEvent());
		}
	};
}
var TerminatedCloseEvent = class extends Error {
	name = "TerminatedCloseEvent";
	message = "4499: Terminated";
	code = 4499;
	reason = "Terminated";
	wasClean = false;
};
function isLikeCloseEvent(val) {
	return isObject(val) && "code" in val && "reason" in val;
}
function isFatalInternalCloseCode(code) {
	if ([
		1e3,
		1001,
		1006,
		1005,
		1012,
		1013,
		1014
	].includes(code)) return false;
	return code >= 1e3 && code <= 1999;
}
function isWebSocket(val) {
	return typeof val === "function" && "constructor" in val && "CLOSED" in val && "CLOSING" in val && "CONNECTING" in val && "OPEN" in val;
}
// core/src/socket.ts
const OPEN = 1;
const TOKEN_REFUSED = 4401;
const REFUSALS_MOST = 3;
const FINAL = [
	4400,
	4403,
	4406,
	4409
];
var Socket = class {
	constructor(url, webSocket, api, timings) {
		this.state = "idle";
		this.failures = 0;
		this.client = null;
		this.operations = new Map();
		this.watchers = new Set();
		this.failure = null;
		this.raw = null;
		this.connectedAt = Infinity;
		this.sleptAt = null;
		this.token = null;
		this.refusals = 0;
		this.isReviving = false;
		this.timers = {};
		this.url = url;
		this.webSocket = webSocket;
		this.api = api;
		this.timings = timings;
	}
	subscribe(operation) {
		if (this.failure) {
			const { failure } = this;
			setTimeout(() => operation.error(failure), 0);
			return () => {};
		}
		this.operations.set(operation, null);
		if (this.state !== "waiting") this.run(operation);
		return () => this.drop(operation);
	}
	watch(watcher) {
		this.watchers.add(watcher);
		return () => void this.watchers.delete(watcher);
	}
	sleep() {
		this.sleptAt = Date.now();
		this.later("rest", this.timings.asleepAfterMs, () => this.cut());
	}
	wake(awayMs = this.sleptAt === null ? 0 : Date.now() - this.sleptAt) {
		this.sleptAt = null;
		this.stop("rest");
		if (this.state === "waiting") this.openIn(0);
		else if (awayMs >= this.timings.asleepAfterMs) this.revive();
		else if (this.state === "live") this.ask();
	}
	reconnect() {
		this.failure = null;
		this.refusals = 0;
		if (this.state === "failed") this.enter("idle");
		this.wake(Infinity);
	}
	cut() {
		if (this.client) this.client.terminate();
	}
	close() {
		for (const operation of Array.from(this.operations.keys())) this.drop(operation);
		this.cut();
		this.stop();
		this.enter("idle");
	}
	get isHidden() {
		return this.sleptAt !== null;
	}
	get isAsleep() {
		return this.sleptAt !== null && Date.now() - this.sleptAt >= this.timings.asleepAfterMs;
	}
	connect() {
		return createClient({
			url: this.url,
			webSocketImpl: this.webSocket,
			retryAttempts: 0,
			lazyCloseTimeout: this.timings.lingerMs,
			connectionParams: () => this.identify(),
			on: {
				connecting: () => this.connecting(),
				connected: (raw) => this.connected(raw),
				message: () => this.stop("bark"),
				closed: (event) => this.lost(event),
				error: (error) => this.lost(error)
			}
		});
	}
	run(operation) {
		let isOver = false;
		const end = (error) => {
			this.drop(operation);
			operation.error(error);
		};
		const request = {
			query: operation.query,
			get variables() {
				return operation.variables();
			}
		};
		if (!this.client) this.client = this.connect();
		const stop = this.client.subscribe(request, {
			next: ({ data, errors }) => {
				if (isOver || this.isAsleep) return;
				if (errors && errors.length) end(failureOf(errors));
				else if (data) operation.next(data);
			},
			error: (error) => {
				if (isOver) return;
				if (Array.isArray(error)) end(failureOf(error));
				else this.lost(error);
			},
			complete: () => {
				if (!isOver) end(new ApiError("COMPLETED"));
			}
		});
		this.operations.set(operation, () => {
			isOver = true;
			stop();
		});
	}
	drop(operation) {
		const stop = this.operations.get(operation);
		this.operations.delete(operation);
		if (stop) stop();
	}
	openIn(ms) {
		this.later("retry", ms, () => this.open());
	}
	open() {
		if (this.isAsleep) return;
		this.enter("idle");
		for (const [operation, stop] of Array.from(this.operations)) if (!stop) this.run(operation);
	}
	identify() {
		this.token = this.api.credentials.token();
		return this.token ? { token: this.token } : void 0;
	}
	connecting() {
		this.connectedAt = Infinity;
		this.later("open", this.timings.openWithinMs, () => this.cut());
		this.enter("connecting");
	}
	connected(raw) {
		if (raw.readyState !== OPEN) return;
		this.stop("open");
		this.raw = raw;
		this.connectedAt = Date.now();
		this.refusals = 0;
		this.later("ping", this.timings.pingEveryMs, () => this.ask());
		this.enter("live");
	}
	ask() {
		const { pingEveryMs, pongWithinMs } = this.timings;
		this.later("ping", pingEveryMs, () => this.ask());
		if (this.raw && this.raw.readyState === OPEN) this.raw.send("{\"type\":\"ping\"}");
		if (!this.timers["bark"]) this.later("bark", pongWithinMs, () => this.cut());
	}
	revive() {
		this.isReviving = true;
		this.cut();
		this.isReviving = false;
	}
	lost(event) {
		if (this.state === "waiting" || this.state === "failed") return;
		this.raw = null;
		this.stop();
		if (!this.operations.size) {
			this.enter("idle");
			return;
		}
		const stood = Date.now() - this.connectedAt >= this.timings.standsAfterMs;
		this.failures = stood || this.isReviving ? 0 : this.failures + 1;
		for (const [operation, stop] of Array.from(this.operations)) {
			this.operations.set(operation, null);
			if (stop) stop();
		}
		const { code, reason } = closeOf(event);
		if (FINAL.indexOf(code) >= 0) this.fail(new ApiError("SOCKET_REFUSED", `${code} ${reason}`));
		else this.comeBack(code);
	}
	comeBack(code) {
		this.enter("waiting");
		if (this.isHidden) return;
		if (code === TOKEN_REFUSED && ++this.refusals <= REFUSALS_MOST) this.renew(this.token);
		else if (code === TOKEN_REFUSED) this.fail(new ApiError("UNAUTHENTICATED"));
		else this.retry(code);
	}
	retry(code) {
		const [least, spread] = this.timings.stayAwayMs[code] || [0, 0];
		const backoff = backoffMs(Math.max(this.failures - 1, 0), this.timings);
		const wait = this.isReviving ? 0 : Math.max(backoff, least + spread * Math.random());
		this.openIn(wait);
	}
	async renew(refused) {
		try {
			if (this.api.credentials.token() === refused) await this.api.renew();
		} catch {
			this.refusals = 0;
			if (this.state === "waiting") this.retry(0);
			return;
		}
		if (this.state !== "waiting") return;
		if (this.api.credentials.token() === refused) this.fail(new ApiError("UNAUTHENTICATED"));
		else this.openIn(0);
	}
	fail(failure) {
		this.failure = failure;
		const operations = Array.from(this.operations.keys());
		this.operations.clear();
		this.enter("failed");
		for (const operation of operations) operation.error(failure);
	}
	enter(state) {
		this.state = state;
		for (const watcher of Array.from(this.watchers)) watcher();
	}
	later(purpose, ms, call) {
		this.stop(purpose);
		this.timers[purpose] = setTimeout(() => {
			delete this.timers[purpose];
			call();
		}, ms);
	}
	stop(purpose) {
		for (const name of purpose ? [purpose] : Object.keys(this.timers)) {
			clearTimeout(this.timers[name]);
			delete this.timers[name];
		}
	}
};
function closeOf(event) {
	const { code, reason } = event || {};
	return {
		code: typeof code === "number" ? code : 1006,
		reason: String(reason || "")
	};
}
// core/src/pond.ts
const VISITOR = { token: () => null };
var Pond = class {
	constructor(options, platform) {
		this.naps = new Naps();
		this.rooms = new Set();
		const { url, socketUrl = url.replace(/^http/, "ws"), credentials = VISITOR, language = "zh-CN" } = options;
		this.timings = Object.assign({}, TIMINGS, options.timings);
		this.api = new Api(url, platform.post, credentials, language);
		this.socket = new Socket(socketUrl, platform.webSocket, this.api, this.timings);
		this.stream = platform.stream ? platform.stream(this.api, this.timings) : null;
	}
	request(query, variables = {}) {
		return this.api.request(query, variables);
	}
	follow(roomId, documents, sink) {
		const { api, socket, naps, timings, stream } = this;
		const room = new Room({
			api,
			socket,
			naps,
			timings,
			stream
		}, roomId, documents, sink);
		this.rooms.add(room);
		return () => {
			this.rooms.delete(room);
			room.leave();
		};
	}
	subscribe(operation) {
		return this.socket.subscribe(operation);
	}
	reconnect() {
		this.socket.reconnect();
	}
	sleep() {
		this.socket.sleep();
	}
	wake(awayMs) {
		this.socket.wake(awayMs);
		this.naps.wake();
	}
	online(isOnline) {
		if (!isOnline) this.socket.cut();
		else if (!this.socket.isHidden) this.wake(0);
	}
	close() {
		for (const room of Array.from(this.rooms)) room.leave();
		this.rooms.clear();
		this.socket.close();
		this.naps.wake();
	}
};
// web/src/events.ts
function eventStreams(api, timings) {
	return (operation) => {
		const stream = new EventStream(api, timings, new AbortController());
		stream.run(operation).then(() => operation.error(new ApiError("COMPLETED")), (error) => {
			if (!stream.isLeft) operation.error(error instanceof ApiError ? error : new ApiError("OFFLINE", String(error)));
		});
		return () => stream.leave();
	};
}
var EventStream = class {
	isLeft = false;
	#api;
	#silenceMs;
	#ending;
	#bark;
	constructor(api, timings, ending) {
		this.#api = api;
		this.#silenceMs = timings.pingEveryMs + timings.pongWithinMs;
		this.#ending = ending;
	}
	leave() {
		this.isLeft = true;
		this.#ending.abort();
	}
	async run(operation) {
		try {
			this.#heard();
			for await (const { event, data } of this.#messages(await this.#open(operation))) {
				if (this.isLeft) return;
				if (event === "next") hand(JSON.parse(data), operation);
			}
		} catch (error) {
			if (error instanceof ApiError && error.code === "UNAUTHENTICATED") await this.#api.renew();
			throw error;
		} finally {
			clearTimeout(this.#bark);
			this.#ending.abort();
		}
	}
	async #open(operation) {
		const response = await fetch(this.#api.url, {
			method: "POST",
			headers: {
				...this.#api.headers(),
				accept: "text/event-stream"
			},
			body: JSON.stringify({
				query: operation.query,
				variables: operation.variables()
			}),
			signal: this.#ending.signal
		});
		const { status, headers, body } = response;
		if (body && headers.get("content-type")?.startsWith("text/event-stream")) {
			operation.opened?.();
			return body;
		}
		dataOf({
			status,
			retryAfter: headers.get("retry-after"),
			body: await response.text()
		});
		throw new ApiError("UNAVAILABLE");
	}
	async *#messages(body) {
		const reader = body.getReader();
		const decoder = new TextDecoder();
		let text = "";
		for (let part = await reader.read(); !part.done; part = await reader.read()) {
			this.#heard();
			const blocks = (text + decoder.decode(part.value, { stream: true })).split("\n\n");
			text = blocks.pop();
			yield* blocks.map(messageOf);
		}
	}
	#heard() {
		clearTimeout(this.#bark);
		this.#bark = setTimeout(() => this.#ending.abort(), this.#silenceMs);
	}
};
function hand({ data, errors }, operation) {
	if (errors?.length) throw failureOf(errors);
	if (data) operation.next(data);
}
function messageOf(block) {
	const message = {
		event: "",
		data: ""
	};
	for (const line of block.split("\n")) if (line.startsWith("event:")) message.event = line.slice(6).trim();
	else if (line.startsWith("data:")) message.data += line.slice(5).trim();
	return message;
}
// web/src/post.ts
const TIMEOUT_MS = 15e3;
const post = async (url, body, headers) => {
	const response = await fetch(url, {
		method: "POST",
		headers,
		body,
		signal: AbortSignal.timeout(TIMEOUT_MS)
	});
	return {
		status: response.status,
		retryAfter: response.headers.get("retry-after"),
		body: await response.text()
	};
};
// web/src/index.ts
function createPond({ events = true, ...options }) {
	const url = typeof location === "undefined" ? options.url : new URL(options.url, location.href).href;
	const webSocket = typeof WebSocket === "undefined" ? void 0 : WebSocket;
	const pond = new Pond({
		...options,
		url
	}, {
		post,
		webSocket,
		...events && { stream: eventStreams }
	});
	if (typeof document !== "undefined") liveWithThePage(pond);
	return pond;
}
function liveWithThePage(pond) {
	let hiddenAt = Infinity;
	document.addEventListener("visibilitychange", () => {
		if (document.hidden) hiddenAt = Date.now();
		else pond.wake(Math.max(Date.now() - hiddenAt, 0));
	});
	window.addEventListener("online", () => pond.online(true));
	window.addEventListener("offline", () => pond.online(false));
}
function newKey() {
	if (crypto.randomUUID) return crypto.randomUUID();
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
export { Api, ApiError, Pond, TIMINGS, createPond, dataOf, eventStreams, failureOf, newKey, post };
