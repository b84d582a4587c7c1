// Bullet comments as the guides of graphql-ws write them: graphql-js, `ws`, and the PubSub of graphql-subscriptions.

import { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import { buildSchema } from 'graphql'
import { PubSub } from 'graphql-subscriptions'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { SCHEMA, takeOrders } from './room.js'

const pubsub = new PubSub({ eventEmitter: new EventEmitter().setMaxListeners(0) })
const schema = buildSchema(SCHEMA)
schema.getSubscriptionType().getFields().bulletComments.subscribe = (_, { roomId }) =>
  pubsub.asyncIterableIterator(`room:${roomId}`)

const http = createServer()
useServer({ schema }, new WebSocketServer({ server: http, path: '/graphql' }))
http.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, () =>
  takeOrders(http.address().port, (topic, event) => pubsub.publish(topic, event)),
)
