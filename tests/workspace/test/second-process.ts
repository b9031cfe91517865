/** Opens the data folder given, sends one visitor's message through the app there, runs due jobs, and says how it went. */
import { Workspace } from '../src/workspace.js';
import { act } from './support.js';

const [dataDir = '', token = ''] = process.argv.slice(2);
const workspace = await Workspace.open({ dataDir, siteUrl: 'http://127.0.0.1:3000', runJobs: false });
const { roomId } = await act<{ roomId: string }>(workspace, 'inbound', { token, name: token, text: 'from another process' });
const jobs = await workspace.runDueJobs();
await workspace.settled();
await workspace.close();
console.log(JSON.stringify({ roomId, jobs }));
