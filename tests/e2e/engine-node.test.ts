/** The newest servers' shape: Node with `--permission`, `globalThis` hidden from the app. */
import { mainPaths } from './main-paths.js';

mainPaths({ runtime: 'node' });
