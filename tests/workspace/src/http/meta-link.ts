/** Meta's login pages, in a local run. */

/** Hosts whose pages the Meta stand-in serves below `/<host>/`. */
const LOGIN_HOSTS = new Set(['www.facebook.com', 'm.facebook.com', 'www.instagram.com', 'api.instagram.com']);

/**
 * A link an app shows to people, made openable where there is no Meta:
 * `https://www.facebook.com/v26.0/dialog/oauth?…` becomes `<metaBaseUrl>/www.facebook.com/v26.0/dialog/oauth?…`.
 * Other links stay as they are.
 */
export function localMetaLink(link: string, metaBaseUrl: string): string {
    if (!URL.canParse(link)) return link;
    const { protocol, hostname, pathname, search, hash } = new URL(link);
    if (protocol !== 'https:' || !LOGIN_HOSTS.has(hostname)) return link;
    return `${metaBaseUrl.replace(/\/+$/, '')}/${hostname}${pathname}${search}${hash}`;
}
