/** Loads all that the workspace needs beyond `npm ci`; safe to run any number of times. */
import { ENGINES } from './src/engine/package.js';
import { prepareDeno } from './src/engine/runtime.js';

try {
    for (const version of ENGINES) {
        await prepareDeno((line) => {
            console.log(line);
        }, version);
    }
} catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
}
