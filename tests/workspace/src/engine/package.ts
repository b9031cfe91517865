/** The npm package of the Apps-Engine that runs the apps of this process. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

import { WorkspaceError, type EngineVersion } from '../model.js';

const require = createRequire(import.meta.url);

/** The newest that npm has whole, and the oldest that the app supports. */
const PACKAGES: Record<EngineVersion, string> = { '1.53.1': 'apps-engine-1.53.1', '1.62.0': '@rocket.chat/apps-engine' };

export const ENGINES = Object.keys(PACKAGES) as EngineVersion[];
export const NEWEST: EngineVersion = '1.62.0';

let chosen: EngineVersion | undefined;

/** Once per process: `classes.ts` hands out the classes of the version that was chosen before it was loaded. */
export function chooseEngine(version = NEWEST): void {
    if (chosen !== undefined && chosen !== version) {
        throw new WorkspaceError('engine-already-chosen', `This process runs apps with the engine ${chosen}`);
    }
    chosen = version;
}

export function engineVersion(): EngineVersion {
    return chosen ??= NEWEST;
}

export function engineDir(version = engineVersion()): string {
    return dirname(require.resolve(`${PACKAGES[version]}/package.json`));
}

/** A module of the engine's, by its path in the package. */
export function engineModule(path: string): unknown {
    return require(`${PACKAGES[engineVersion()]}/${path}`);
}
