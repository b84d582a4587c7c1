// Bullet comments as the guide of mercurius writes them: fastify, and the PubSub that comes with it.

import Fastify from 'fastify'
import mercurius from 'mercurius'
import { SCHEMA, takeOrders } from './room.js'

const app = Fastify()
app.register(mercurius, {
  schema: SCHEMA,
  resolvers: {
    Subscription: {
      bulletComments: { subscribe: (_, { roomId }, { pubsub }) => pubsub.subscribe(`room:${roomId}`) },
    },
  },
  subscription: true,
})
await app.listen({ port: 0, host: '127.0.0.1', backlog: 2048 })
takeOrders(app.server.address().port, (topic, payload) => app.graphql.pubsub.publish({ topic, payload }))
