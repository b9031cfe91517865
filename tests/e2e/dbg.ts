import { WORLD } from './sim.js';
import { APP_ID, Stack } from './stack.js';
const stack = await Stack.open();
await stack.connect('facebook');
await stack.sim.customer('anna', { account: WORLD.page, attachments: [{ type: 'image' }] });
await stack.workspace.settled();
const logs = stack.workspace.appLogs(APP_ID, { limit: 400 }) as any[];
for (const log of logs) for (const e of log.entries) if (/profile|bot-|media|inbound|warn/.test(JSON.stringify(e))) console.log(log.method, e.severity, JSON.stringify(e.args).slice(0,300)); console.log(logs.map((l: any) => l.method + l.entries.length).join(" ")); console.log(JSON.stringify(stack.workspace.roundTrips?.(APP_ID)?.slice(-40).map((r: any) => r.method)));

await stack.close();
