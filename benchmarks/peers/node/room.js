// What both servers share: the schema, the event as our schema shows it, and the control port of the benchmark.

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

export const ROOMS = readFileSync(process.argv[2], 'utf8').split('\n')

export const SCHEMA = `
  type BulletComment { id: ID!  text: String!  senderName: String! }
  type BulletCommentPosted { seq: Int!  at: String!  comment: BulletComment! }
  type Query { here: Boolean }
  type Subscription { bulletComments(roomId: ID!): BulletCommentPosted! }
`

const numbers = new Map()

function posted(room, text) {
  const seq = (numbers.get(room) ?? 0) + 1
  numbers.set(room, seq)
  const comment = { id: `blt_${randomBytes(16).toString('hex')}`, text, senderName: 'Xiao Yu' }
  return { bulletComments: { seq, at: new Date().toISOString(), comment } }
}

// "ROOM TEXT" on each line is published, "collect" collects garbage.
export function takeOrders(port, publish) {
  const control = createServer((connection) => {
    createInterface({ input: connection }).on('line', (line) => {
      if (line === 'collect') {
        globalThis.gc()
        connection.write('done\n')
        return
      }
      const space = line.indexOf(' ')
      const room = ROOMS[Number(line.slice(0, space))]
      publish(`room:${room}`, posted(room, line.slice(space + 1)))
    })
  })
  control.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port, control: control.address().port })))
}
