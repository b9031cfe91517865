/** A real browser: Debian's Chromium, without a window. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { localMetaLink } from '../workspace/src/http/meta-link.js';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function launch(): Promise<Browser> {
    const executablePath = process.env['CHROMIUM'] ?? PROGRAMS.find((path) => existsSync(path));
    if (executablePath === undefined) {
        throw new Error('Chromium is missing: install it ("apt-get install chromium"), or name it in CHROMIUM.');
    }
    // The tests run as root in containers, where Chromium's sandbox cannot.
    return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** What a person does in Meta's login. */
export interface Consent {
    /** Login or Instagram account id. */
    who: string;
    /** Pages left ticked; all of them when not given. */
    pages?: string[];
    instagramAccounts?: string[];
    /** Permissions unticked. */
    declined?: string[];
    /** Presses "Not now". */
    cancel?: boolean;
    /** Runs while the consent page is open. */
    meanwhile?: () => Promise<void>;
}

/** Goes through Meta's login by hand, up to the page it ends on. */
export async function consent(page: Page, link: string, metaBaseUrl: string, wish: Consent): Promise<void> {
    await page.goto(localMetaLink(link, metaBaseUrl));
    await page.click(`button[name=sim_login][value="${wish.who}"]`);
    await page.waitForSelector('button[value=continue]');
    await only(page, 'pages', wish.pages);
    await only(page, 'instagram_accounts', wish.instagramAccounts);
    for (const scope of wish.declined ?? []) {
        await page.uncheck(`input[name=scopes][value="${scope}"]`);
    }
    await wish.meanwhile?.();
    await page.click(wish.cancel === true ? 'button[value=cancel]' : 'button[value=continue]');
    await page.waitForSelector('main[role]');
}

async function only(page: Page, name: string, wanted: string[] | undefined): Promise<void> {
    if (wanted === undefined) {
        return;
    }
    for (const box of await page.locator(`input[name=${name}]`).all()) {
        await box.setChecked(wanted.includes((await box.getAttribute('value')) ?? ''));
    }
}
