// What customers read of an agent's message, against Rocket.Chat's own parser: what it takes for markup is gone from the
// text, what it does not take for markup is still there. Emoticons are not asked for: they stay as they are typed.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { parse, type Types } from '@rocket.chat/message-parser';

import { known } from './emoji.js';

type Node = Types[keyof Types];

/** What the app says. */
function ours(texts: string[]) {
    const program = fileURLToPath(new URL('../../target/debug/xtask', import.meta.url));
    const input = texts.map((text) => `${JSON.stringify(text)}\n`).join('');
    const lines = execFileSync(program, ['plain'], { input, encoding: 'utf8' }).trimEnd().split('\n');
    assert.equal(lines.length, texts.length);
    return lines.map((line) => JSON.parse(line) as string);
}

/** What the server's parser says, without markup. */
function theirs(markdown: string) {
    const source = (range: unknown) => (Array.isArray(range) ? markdown.slice(Number(range[0]), Number(range[1])) : '');
    const linked = (label: string, address: string) => {
        // An address in the text is its own label.
        const bare = [address, `mailto:${label}`, `tel:${label}`, `//${label}`].includes(label) || address.endsWith(label);
        return label === '' || bare ? label || address : `${label}: ${address}`;
    };
    const all = (nodes: readonly Node[]) => nodes.map(text).join('');
    const lines = (nodes: readonly Node[], start: (node: Node) => string) => nodes.map((node) => start(node) + text(node)).join('\n');

    function text(node: Node): string {
        switch (node.type) {
            case 'PLAIN_TEXT':
            case 'KATEX':
            case 'INLINE_KATEX':
                return node.value;
            case 'BOLD':
            case 'ITALIC':
            case 'STRIKE':
            case 'SPOILER':
            case 'PARAGRAPH':
            case 'HEADING':
            case 'LIST_ITEM':
            case 'TASK':
            case 'BIG_EMOJI':
                return all(node.value);
            case 'INLINE_CODE':
            case 'CODE_LINE':
                return node.value.value;
            case 'CODE':
            case 'SPOILER_BLOCK':
                return lines(node.value, () => '');
            case 'QUOTE':
                return lines(node.value, () => '> ');
            case 'UNORDERED_LIST':
                return lines(node.value, () => '- ');
            case 'ORDERED_LIST':
                return lines(node.value, (item) => `${String(item.type === 'LIST_ITEM' ? item.number : '')}. `);
            case 'TASKS':
                return lines(node.value, (task) => (task.type === 'TASK' && task.status ? '- [x] ' : '- [ ] '));
            case 'LINK':
                return linked(Array.isArray(node.value.label) ? all(node.value.label) : text(node.value.label), node.value.src.value);
            case 'IMAGE':
                return linked(text(node.value.label), node.value.src.value);
            case 'MENTION_USER':
                return `@${node.value.value}`;
            case 'MENTION_CHANNEL':
                return `#${node.value.value}`;
            case 'EMOJI':
                return 'unicode' in node ? node.unicode : (known.get(node.shortCode) ?? `:${node.shortCode}:`);
            case 'TIMESTAMP':
                return `${new Date(Number(node.value.timestamp) * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
            case 'HORIZONTAL_RULE':
            case 'TABLE':
                return source(node.fallback);
            case 'LINE_BREAK':
                return '';
            case 'COLOR':
            case 'TABLE_ROW':
            case 'TABLE_CELL':
                throw new Error(`${node.type} is not asked for`);
        }
    }

    const blocks = parse(markdown);
    // A block of code ends with its line.
    return blocks
        .filter((block, at) => block.type !== 'LINE_BREAK' || blocks[at - 1]?.type !== 'CODE')
        .map(text)
        .join('\n')
        .trim();
}

const samples = [
    'Hello',
    '*bold* and _italic_ and ~gone~',
    '**bold** __italic__ ~~gone~~ ||secret||',
    '*bold and _both_*!',
    '_*a*_ *_a_* ~*a*~ ||*a*||',
    '*a*!',
    '"*a*", “*a*” and \'*a*\'',
    '*a* *b*, *c*. *d*? *e*…',
    '(*a*) [*a*] {*a*} /*a*/ -*a*-',
    '*unclosed and _too',
    '***',
    '~~~~',
    '``',
    '*multi\nline*',
    '*a*\n_b_',
    'a\n\nb',
    '*🎉* *a*🎉 🎉*a* 👍 *ü*',
    '*שלום* _مرحبا_',
    'snake_case and x_1 and a_b_',
    '_a_ and _b_',
    '_:heart_eyes: wow_',
    '_see [x](https://a.example/b_c)_',
    '_a `b_c` d_',
    String.raw`\*not bold\* \_nor\_ \~this\~ \#1 1\. C:\temp C:\*x*`,
    String.raw`\[a\] \(b\) \<c\> \:d \|e \!f a \\ b`,
    '`code` and `a_b_c *d*` and *b*',
    '```\ncode\nmore\n```',
    '```js\nlet a_b_ = *c*;\n```\nafter',
    'a ``` b',
    '`a',
    '# One',
    '## Two *b*',
    '### Three',
    '#### four',
    '##### five',
    '#hashtag #a-b',
    ' # a',
    '> *quoted* :wave:',
    '> a\n> b\n\nc',
    '- one\n- *two*',
    '1. one\n2. *two*',
    '- [x] done\n- [ ] *open*',
    '@anna @all @here *@bob* hi @anna.b! #general *#chan*',
    ':smile:',
    ':smile::wink:',
    ':smile: x *:gear:*',
    ':thumbs_up: and :thumbsup_tone3: :no_such_emoji:',
    ':smile:*a* *:smile:* *a :smile:*',
    'at 10:30:15 and 10:smile:10',
    ':) and :D and <3',
    '👍',
    '[label](http://a.example) x',
    '[*b* c](http://a.example)',
    '[https://x.example](https://x.example)',
    '[Foo](https://w.example/Foo_(bar)_b_#c) *x*',
    '([Foo](https://w.example/a))',
    '[Foo](https://w.example/a_(b and',
    '[a](mailto:b@c.example) [a](tel:+491) [a](www.a.example) [a](a.example/x) [a](localhost:3000/x)',
    '[a](b) [a](/rel) [a](//a.example) [a](#x) [a](?q=1) [a]() [a](b c)',
    '[a[b]](http://a.example)',
    '[a]b](https://a.example)',
    '[x] todo (y)',
    '![alt](http://a.example/i.png)',
    '![](http://a.example/i.png)',
    '![a](/b.png)',
    'http://a.example/x_y_z',
    'https://x.example/_a_/*b*?q=~c~',
    '*https://x.example* *see https://a.example*',
    'see https://a.example. (https://a.example), https://a.example/(a)',
    'HTTPS://A.EXAMPLE ftp://a.example http://localhost:3000/x //a.example a//b',
    'www.example.com and a.example and mail@example.com',
    '+49 123 456789',
    'at <t:1700000000:t> or <t:1700000000>',
    '<t:2023-11-14T22:13:20+01:00:f>',
    '<t:17:f> <t:1700000000:x>',
    '1 < 2 > 0',
    '---',
    'a\n---\nb',
    '| a | b |\n|---|---|\n| 1 | 2 |',
    '#FFAABB',
    '$a$',
    'é *ü* ñ',
];

/** Emphasis next to what ends a word. */
const emphasis = ['*', '**', '_', '__', '~', '~~', '||'].flatMap((mark) => {
    return ['', 'x ', '"', '- '].flatMap((before) => ['', ' y', '!', '.', ',', ':', '\ny'].map((after) => `${before}${mark}word${mark}${after}`));
});

/** Where the two part, what the customer reads, and why. */
const differences: [text: string, read: string, why: string][] = [
    ['2*3*4 and a ~ b ~ c', '2*3*4 and a ~ b ~ c', 'The parser takes marks inside a word and around blanks: an agent who types a sum means it.'],
    ['5 * 3 * 2 = 30', '5 * 3 * 2 = 30', 'The same.'],
    ['*a*b', '*a*b', 'The same.'],
    ['a*b*', 'a*b*', 'The same.'],
    ['**a**b', '**a**b', 'The same.'],
    ['a~b~c', 'a~b~c', 'The same.'],
    ['* a* and _ a_ and *a *', '* a* and _ a_ and *a *', 'The same.'],
    ['|| or ||', '|| or ||', 'The same.'],
    ['a||b||', 'a||b||', 'The same.'],
    ['_snake_case_', 'snake_case', 'The parser knows no underscore inside italics: the outer ones are markup to everybody else.'],
    ['__a_b__', 'a_b', 'The same.'],
    ['_https://a.example/a_b_', 'https://a.example/a_b', 'The same.'],
    ['*a _b* c_', 'a _b c_', 'Of marks that cross the first pair counts.'],
    ['~~a~ b~~', 'a~ b', 'The same.'],
    ['***very***', '***very***', 'The parser leaves one star on each side: neither is markdown.'],
    [String.raw`*a\*b*`, 'a*b', 'The parser knows no escape inside emphasis.'],
    ['* one\n* two', '* one\n* two', 'Which sign began the list is not in the tree.'],
    [':smile: :wink: :heart:', '😄 😉 ❤️', 'Of a message of emoji alone the parser drops the blanks.'],
    ['a::smile::b', 'a:😄:b', 'The parser takes no emoji between colons.'],
    ['[a:smile:](https://a.example)', 'a😄: https://a.example', 'The parser looks for nothing but emphasis in a label.'],
    ['[`a`](https://a.example)', 'a: https://a.example', 'The same.'],
    ['![a [b]](https://a.example/b.png)', 'a [b]: https://a.example/b.png', 'The parser knows no brackets in the label of an image.'],
    ['[Foo](https://w.example/a_(b)', 'Foo: https://w.example/a_(b', 'An address that was cut short is a link all the same.'],
    ['[](https://x.example)', '', 'Rocket.Chat shows no link without a label: it is how a message quotes another.'],
    ['[ ](https://chat.example/live/abc?msg=def) yes', 'yes', 'The same.'],
    ['<https://x.example|the shop> <https://y.example>', 'the shop: https://x.example https://y.example', 'The parser leaves the brackets, which belong to no address.'],
    ['mailto:a@example.com tel:+491234', 'mailto:a@example.com tel:+491234', 'The parser hides the scheme, or writes the number without its sign.'],
    ['```one line```', 'one line', 'The parser takes two of three marks for code: this is a fence in one line.'],
    ['text ```code``` and ``a ` b``', 'text code and a ` b', 'The same.'],
    ['```\nopen', 'open', 'A fence that was not closed is none to the parser: the customer need not see it.'],
    ['||\na\n||', '||\na\n||', 'A spoiler of several lines is known to the newest servers alone.'],
    ['# ', '', 'A heading without a text.'],
];

test('the customer reads what the server shows', () => {
    const texts = [...samples, ...emphasis];
    const read = ours(texts);
    for (const [at, text] of texts.entries()) {
        assert.equal(read[at], theirs(text), JSON.stringify(text));
    }
});

test('where it does not, it is known why', () => {
    const read = ours(differences.map(([text]) => text));
    for (const [at, [text, expected, why]] of differences.entries()) {
        assert.equal(read[at], expected, JSON.stringify(text));
        assert.notEqual(theirs(text), expected, `no difference any more: ${JSON.stringify(text)}: ${why}`);
    }
});
