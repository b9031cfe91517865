/**
 * `./build.sh bench`: a webhook of 50 events from signed bytes to events, by the package's module, by the same code compiled
 * for this machine, and by npm's packages. All take turns in many short rounds, each time in another order, so that a
 * machine that is slower for a while is so for all of them; the median round counts.
 */
import { body } from './body.js';
import { type Contender, native, peers, wasm } from './contenders.js';
import { held, median, micros } from './figures.js';

const EVENTS = 50;
/** Enough for the engine to have compiled everything for speed. */
const WARM_UP_MS = 1_000;
const ROUNDS = 500;
/** Short enough that most rounds are over before the system lets something else run. */
const ROUND_MS = 2;

const signed = body(EVENTS);
const [module, whole] = await wasm(signed);
const twin = native(signed);
const others = peers(signed, EVENTS);
const contenders = [module, whole, twin, ...others];

const rounds = new Map<Contender, { times: number; each: number[] }>();
for (const contender of contenders) {
    let times = 1;
    for (const until = performance.now() + WARM_UP_MS; performance.now() < until; ) {
        const took = (await contender.run(times)) / times;
        times = Math.max(1, Math.round((ROUND_MS * 1e6) / took));
    }
    rounds.set(contender, { times, each: [] });
}
for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
        const contender = contenders[(round + turn) % contenders.length] as Contender;
        const { times, each } = rounds.get(contender) as { times: number; each: number[] };
        each.push((await contender.run(times)) / times);
    }
}
twin.stop?.();

const cost = (contender: Contender): number => median(rounds.get(contender)?.each ?? []);
const ours = cost(module);
const width = Math.max(...contenders.map(({ name }) => name.length));
process.stdout.write(`${String(EVENTS)} events, ${String(signed.bytes.length)} bytes, one thread; median of ${String(ROUNDS)} rounds\n\n`);
for (const contender of contenders) {
    const against = contender === module ? '' : `${(cost(contender) / ours).toFixed(2)} × wasm`;
    process.stdout.write(`${contender.name.padEnd(width)}  ${micros(cost(contender)).padStart(9)}  ${against.padStart(11)}  ${contender.does}\n`);
}
const decoding = others.filter(({ does }) => !does.includes('decodes nothing'));
process.stdout.write(`\nahead of every npm package that decodes: ${held(decoding.every((peer) => cost(peer) > ours))}\n`);
process.stdout.write(`at least half as fast as native: ${held(cost(twin) * 2 >= ours)} (${(cost(twin) / ours).toFixed(2)})\n`);
