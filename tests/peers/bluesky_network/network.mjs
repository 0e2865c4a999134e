// PLC directory, PDS, moderation and AppView in one process, until SIGTERM.
//
//   node --import ./loopback.mjs network.mjs PLC_PORT PDS_PORT APPVIEW_PORT CONTROL_PORT
//
// The control port answers once all is up. Any request to it waits until the AppView has taken in all that the PDS has
// been told, and says the number of the firehose's last event.
import { createServer } from 'node:http'

import { TestNetwork } from '@atproto/dev-env'

const [plc, pds, appview, control] = process.argv.slice(2).map(Number)
const WAIT_MS = 30_000

const network = await TestNetwork.create({
  dbPostgresSchema: 'network',
  plc: { port: plc },
  pds: { port: pds },
  // As on the public network: indexedAt is when a post arrived. Without it, it would be the earlier of that and createdAt.
  bsky: { port: appview, indexedAtEpoch: new Date(0) },
})

createServer(async (_, response) => {
  try {
    await network.processAll(WAIT_MS)
    response.end(JSON.stringify({ seq: await network.pds.ctx.sequencer.curr() }))
  } catch (error) {
    response.writeHead(500).end(String(error?.stack ?? error))
  }
}).listen(control)

// Data and databases go with the folder and the server they lie in: nothing is worth an orderly end of some seconds.
process.on('SIGTERM', () => process.exit(0))
