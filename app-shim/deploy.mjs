// Uploads the package to a workspace, or updates the app there. Usage: node deploy.mjs URL PACKAGE.
// Credentials come from the environment or are asked for: a command line is seen by every process of the machine.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import AdmZip from 'adm-zip';

class DeployError extends Error {}

const [address, packagePath] = process.argv.slice(2);

try {
    const { id, version, permissions } = JSON.parse(new AdmZip(packagePath).readAsText('app.json'));
    const base = workspace(address);
    await mayTravel(base);
    const auth = await logIn(base);
    try {
        const installed = await request(base, `/api/apps/${id}`, { headers: auth.headers }).then(
            () => true,
            (error) => {
                if (error.status === 404) {
                    return false;
                }
                throw error;
            },
        );
        const form = new FormData();
        form.set('app', new Blob([readFileSync(packagePath)], { type: 'application/zip' }), basename(packagePath));
        form.set('permissions', JSON.stringify(permissions));
        const path = installed ? `/api/apps/${id}` : '/api/apps';
        const answer = await request(base, path, { method: 'POST', headers: auth.headers, body: form });
        const status = answer.app?.status ?? 'unknown';
        console.log(`Omni Direct ${version} was ${installed ? 'updated' : 'installed'} at ${base}; its status is ${status}.`);
        if (!/enabled$/.test(status) || /invalid|disabled/.test(status)) {
            console.log('It is not enabled: open Administration > Apps there. Community workspaces from 7.0 on do not enable private apps.');
        }
    } finally {
        await auth.end();
    }
} catch (error) {
    if (!(error instanceof DeployError)) {
        throw error;
    }
    console.error(`deploy: ${error.message}`);
    process.exitCode = 1;
}

function workspace(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
        throw new DeployError(`"${text}" is not a web address. Example: https://chat.example.com`);
    }
    if (url.username !== '' || url.password !== '') {
        throw new DeployError('Credentials do not belong into the address: set ROCKETCHAT_USER and ROCKETCHAT_PASSWORD, or wait to be asked.');
    }
    return (url.origin + url.pathname).replace(/\/+$/, '');
}

/** Credentials of an administrator go to another machine unencrypted only if somebody wants that. */
async function mayTravel(base) {
    const { protocol, hostname } = new URL(base);
    if (protocol === 'https:' || /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) {
        return;
    }
    const warning = `${base} is plain http: whoever is on the way to ${hostname} can read the credentials, and the app in their place.`;
    if (process.env.ROCKETCHAT_ALLOW_HTTP === '1') {
        console.error(`deploy: ${warning}`);
        return;
    }
    if (!process.stdin.isTTY) {
        throw new DeployError(`${warning} Use https, or set ROCKETCHAT_ALLOW_HTTP=1 where the network is trusted.`);
    }
    console.error(`deploy: ${warning}`);
    if (!/^y(es)?$/i.test((await ask('Send them all the same? [y/N] ')).trim())) {
        throw new DeployError('Nothing was sent.');
    }
}

/** Headers to be known by, and what ends the login that they stand for. */
async function logIn(base) {
    const { ROCKETCHAT_USER_ID: userId, ROCKETCHAT_AUTH_TOKEN: token } = process.env;
    if (userId && token) {
        // It was there before and stays.
        return { headers: { 'X-User-Id': userId, 'X-Auth-Token': token }, end: async () => {} };
    }
    const user = process.env.ROCKETCHAT_USER ?? (await ask('User: '));
    const password = process.env.ROCKETCHAT_PASSWORD ?? (await ask('Password: ', true));
    const body = { user, password };
    const logIn = (fields) =>
        request(base, '/api/v1/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(fields) });
    const answer = await logIn(body).catch(async (error) => {
        if (error.reason !== 'totp-required') {
            throw error;
        }
        return logIn({ ...body, code: await ask('Two-factor code: ') });
    });
    const headers = { 'X-User-Id': answer.data.userId, 'X-Auth-Token': answer.data.authToken };
    const end = async () => {
        try {
            await request(base, '/api/v1/logout', { method: 'POST', headers });
        } catch (error) {
            console.error(`deploy: the login could not be ended; it runs out by itself. ${error.message}`);
        }
    };
    for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
        process.once(signal, () => end().finally(() => process.exit(code)));
    }
    return { headers, end };
}

async function ask(question, hidden = false) {
    if (!process.stdin.isTTY) {
        throw new DeployError('No terminal to ask on: set ROCKETCHAT_USER and ROCKETCHAT_PASSWORD, or a token (see ./build.sh help).');
    }
    process.stdout.write(question);
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const terminal = createInterface({ input: process.stdin, output: hidden ? silent : process.stdout, terminal: true });
    const answer = await terminal.question('');
    terminal.close();
    if (hidden) {
        process.stdout.write('\n');
    }
    return answer;
}

async function request(base, path, options) {
    let response;
    try {
        response = await fetch(base + path, { ...options, redirect: 'error', signal: AbortSignal.timeout(60_000) });
    } catch (error) {
        throw new DeployError(`${base} does not answer (${error.cause?.code ?? error.name}). Is the address right, and the workspace running?`);
    }
    const text = await response.text();
    const answer = parsed(text);
    if (!response.ok || answer === undefined || answer.success === false || answer.status === 'error') {
        throw refusal(base, path, response.status, answer ?? {});
    }
    return answer;
}

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

function refusal(base, path, status, answer) {
    const reason = answer.error?.error ?? answer.error ?? answer.message ?? '';
    const meaning =
        {
            401: 'The credentials were refused.',
            403: 'This user may not manage apps: the permission manage-apps is needed.',
            413: 'The package is larger than the workspace or its proxy takes.',
        }[status] ?? `${base}${path} answered ${status}.`;
    return Object.assign(new DeployError([meaning, typeof reason === 'string' ? reason : JSON.stringify(reason)].filter(Boolean).join(' ')), {
        status,
        reason,
    });
}
