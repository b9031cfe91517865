// The emoji of Rocket.Chat's picker, which are those of emoji-toolkit, and the app's own table.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

interface ToolkitEmoji {
    shortname: string;
    shortname_alternates: string[];
    code_points: { fully_qualified: string };
}

const toolkit = createRequire(import.meta.url)('emoji-toolkit/emoji.json') as Record<string, ToolkitEmoji>;

/** Each name the picker knows, without colons, and its emoji. */
export const known = new Map(
    Object.values(toolkit).flatMap(({ shortname, shortname_alternates, code_points }) => {
        const emoji = String.fromCodePoint(...code_points.fully_qualified.split('-').map((point) => Number.parseInt(point, 16)));
        return [shortname, ...shortname_alternates].map((name) => [name.slice(1, -1), emoji] as const);
    }),
);

const file = fileURLToPath(new URL('../../crates/omni-domain/src/compose/data/emoji.tsv', import.meta.url));

/** The app's table: an emoji's names, the one that reactions are set by first. */
export const table = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
        const [names = '', emoji = '', ...more] = line.split('\t');
        return { line, names: names.split(' '), emoji, more };
    });

/** The sides do not agree on where a variation selector stands. */
export const unselected = (text: string) => text.replaceAll('\ufe0f', '');
