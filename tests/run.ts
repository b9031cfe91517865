/**
 * `./build.sh run`: a workspace with the app in it and a stand-in for Meta, connected, until Ctrl+C.
 */
import { setDefaultResultOrder } from 'node:dns';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WORLD } from './e2e/sim.js';
import { IMPATIENT, Stack } from './e2e/stack.js';
import { LOCAL_PEOPLE } from './workspace/src/people.js';

setDefaultResultOrder('ipv4first');

const port = portFrom('OMNI_PORT', 3000);
const simPort = portFrom('OMNI_META_PORT', 4100);
const dataDir = join(fileURLToPath(new URL('..', import.meta.url)), '.cache', 'run');

function portFrom(variable: string, otherwise: number): number {
    const text = process.env[variable] ?? String(otherwise);
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
        stop(`${variable} is "${text}", which is not a port.`);
    }
    return Number(text);
}

function stop(sentence: string): never {
    process.stderr.write(`run: ${sentence}\n`);
    process.exit(1);
}

async function mustBeFree(wanted: number, variable: string): Promise<void> {
    const probe = createServer();
    const taken = await new Promise<boolean>((resolve) => {
        probe.once('error', () => { resolve(true); });
        probe.listen(wanted, '127.0.0.1', () => { resolve(false); });
    });
    probe.close();
    if (taken) {
        stop(`Port ${String(wanted)} is taken. Stop what listens there, or choose another: ${variable}=${String(wanted + 1)} ./build.sh run`);
    }
}

await mustBeFree(port, 'OMNI_PORT');
await mustBeFree(simPort, 'OMNI_META_PORT');

const early = (): void => { process.exit(130); };
process.on('SIGINT', early).on('SIGTERM', early);

const say = (line: string): void => {
    process.stderr.write(`» ${line}\n`);
};
const stack = await Stack.open({ dataDir, port, simPort, meta: IMPATIENT, onProgress: say }).catch((error: unknown) =>
    stop(error instanceof Error ? error.message : String(error)),
);
for (const channel of ['facebook', 'instagram'] as const) {
    say(`connecting ${channel === 'facebook' ? 'a Facebook Page' : 'an Instagram account'}`);
    await stack.connect(channel);
}

const { durationMs } = stack.installed ?? { durationMs: NaN };
const agent = LOCAL_PEOPLE.find(({ username }) => username === 'agent1');
process.stdout.write(`
Ready. Omni Direct was installed and enabled in ${String(Math.round(durationMs))} ms.

  Rocket.Chat workspace   ${stack.face.url}      (REST as on a real server; routes in tests/workspace/src/http/README.md)
  Stand-in for Meta       ${stack.sim.url}      (control API in crates/meta-sim/README.md)
  People                  ${LOCAL_PEOPLE.map(({ username, password }) => `${username} / ${password}`).join(', ')}

A customer writes to the Facebook Page, or to the Instagram account (${WORLD.instagram}):

  curl -s ${stack.sim.url}/_sim/customers/anna/send -H 'content-type: application/json' \\
       -d '{"account":"${WORLD.page}","text":"Hello, are you open today?"}'

Conversations go to agent1 and agent2 in turn. The agent finds the conversation (type "l") and answers:

  curl -s ${stack.face.url}/api/v1/login -H 'content-type: application/json' \\
       -d '{"user":"${agent?.username ?? ''}","password":"${agent?.password ?? ''}"}'
  curl -s ${stack.face.url}/api/v1/rooms.get -H 'X-User-Id: …' -H 'X-Auth-Token: …'
  curl -s ${stack.face.url}/api/v1/chat.postMessage -H 'X-User-Id: …' -H 'X-Auth-Token: …' \\
       -H 'content-type: application/json' -d '{"roomId":"…","text":"Yes, until six."}'

What arrived at the Send API:

  curl -s ${stack.sim.url}/_sim/sent

Ctrl+C stops both. The workspace keeps its data in .cache/run; remove that folder to start afresh.
`);

process.off('SIGINT', early).off('SIGTERM', early);
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
        if (!stopping) {
            stopping = true;
            say('stopping');
            void stack.close().then(() => process.exit(0));
        }
    });
}
