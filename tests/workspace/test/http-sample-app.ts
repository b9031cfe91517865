/** A small app for the HTTP face's tests: it answers with what it got, so that the tests see the request as apps do. */
import AdmZip from 'adm-zip';

export const SAMPLE_APP_ID = '7d3c1b52-8f0e-4a55-9d0c-5f2a7c1e9b34';

const CODE = `
const { App } = require('@rocket.chat/apps-engine/definition/App');
const { ApiVisibility, ApiSecurity, ApiEndpoint } = require('@rocket.chat/apps-engine/definition/api');
const { SettingType } = require('@rocket.chat/apps-engine/definition/settings');
const { RocketChatAssociationRecord, RocketChatAssociationModel } = require('@rocket.chat/apps-engine/definition/metadata');

class Echo extends ApiEndpoint {
    constructor(app) { super(app); this.path = 'echo'; }
    answer(request) { return { status: 200, content: request }; }
    async get(request) { return this.answer(request); }
    async post(request) { return this.answer(request); }
}
class Param extends ApiEndpoint {
    constructor(app) { super(app); this.path = 'person/:name/greeting'; }
    async get(request) { return { status: 200, content: request.params }; }
}
class Form extends ApiEndpoint {
    constructor(app) { super(app); this.path = 'form'; }
    async get(request) {
        switch (request.query.kind) {
            case 'text': return { status: 201, content: 'plain', headers: { 'Content-Type': 'text/plain' } };
            case 'html': return { status: 200, content: '<p>hello</p>' };
            case 'bytes': return { status: 200, content: Buffer.from([0, 255, 7]), headers: { 'Content-Type': 'application/x-bytes' } };
            case 'redirect': return { status: 302, headers: { Location: 'https://example.org/next' } };
            case 'nothing': return undefined;
            case 'throw': throw new Error('the handler failed');
            case 'facts': return { status: 200, content: facts };
        }
        return { status: 400, content: { error: 'kind?' } };
    }
}
class Login extends ApiEndpoint {
    constructor(app) { super(app); this.path = 'login-needed'; this.authRequired = true; }
    async get(request) { return { status: 200, content: { username: request.user && request.user.username } }; }
}
const facts = {
    globalThis: typeof globalThis, deno: typeof Deno, processVersion: process.version, buffer: typeof Buffer,
    wasm: typeof WebAssembly, webcrypto: typeof crypto.getRandomValues,
};

class Sample extends App {
    async extendConfiguration(configuration) {
        const open = (visibility, endpoints) => configuration.api.provideApi({ visibility, security: ApiSecurity.UNSECURE, endpoints });
        await open(ApiVisibility.PRIVATE, [new Echo(this), new Param(this), new Form(this), new Login(this)]);
        const pub = new Echo(this); pub.path = 'public-echo';
        await open(ApiVisibility.PUBLIC, [pub]);
        await configuration.settings.provideSetting({ id: 'greeting', type: SettingType.STRING, packageValue: 'hello', required: false, public: false, i18nLabel: 'greeting' });
        await configuration.settings.provideSetting({ id: 'secret', type: SettingType.STRING, packageValue: '', required: false, public: false, hidden: true, i18nLabel: 'secret' });
        await configuration.slashCommands.provideSlashCommand({
            command: 'sample', i18nParamsExample: 'params', i18nDescription: 'description', providesPreview: false,
            executor: async (context, read, modify) => {
                const room = context.getRoom(); const user = context.getSender(); const args = context.getArguments();
                if (args[0] === 'modal') {
                    await modify.getUiController().openSurfaceView({
                        type: 'modal', id: 'sample-view', title: { type: 'plain_text', text: 'Sample' },
                        blocks: [{ type: 'input', blockId: 'b', label: { type: 'plain_text', text: 'Say' }, element: { type: 'plain_text_input', appId: this.getID(), blockId: 'b', actionId: 'a' } }],
                        submit: { type: 'button', text: { type: 'plain_text', text: 'Go' }, appId: this.getID(), blockId: 's', actionId: 's' },
                    }, { triggerId: context.getTriggerId() }, user);
                    return;
                }
                if (args[0] === 'whisper') {
                    await modify.getNotifier().notifyUser(user, modify.getCreator().startMessage().setRoom(room).setText('psst').getMessage());
                    return;
                }
                await modify.getCreator().finish(modify.getCreator().startMessage().setRoom(room).setText('said: ' + args.join('|')));
            },
        });
    }
    async executePostMessageSent(message, read, http, persistence, modify) {
        if (message.text !== 'ping') return;
        const about = new RocketChatAssociationRecord(RocketChatAssociationModel.MISC, 'pings');
        await persistence.createWithAssociation({ from: message.sender.username }, about);
        await modify.getCreator().finish(modify.getCreator().startMessage().setRoom(message.room).setText('pong'));
    }
    async executeViewSubmitHandler(context, read, http, persistence, modify) {
        const { view } = context.getInteractionData();
        await persistence.createWithAssociation({ said: view.state.b.a }, new RocketChatAssociationRecord(RocketChatAssociationModel.MISC, 'said'));
        return context.getInteractionResponder().successResponse();
    }
}
module.exports = { Sample };
`;

/** The app's zip; `version` for updates. */
export function sampleAppZip(version = '1.0.0'): Buffer {
    const zip = new AdmZip();
    const permissions = [
        'api',
        'persistence',
        'slashcommand',
        'ui.interact',
        'user.read',
        'room.read',
        'message.read',
        'message.write',
        'networking',
    ].map((name) => ({ name }));
    const info = {
        id: SAMPLE_APP_ID,
        version,
        requiredApiVersion: '^1.44.0',
        name: 'Sample',
        nameSlug: 'sample',
        description: 'For tests',
        author: { name: 'Tests', homepage: 'https://example.org', support: 'https://example.org' },
        classFile: 'Sample.js',
        iconFile: '',
        implements: ['IPostMessageSent', 'IUIKitInteractionHandler'],
        permissions,
    };
    zip.addFile('app.json', Buffer.from(JSON.stringify(info)));
    zip.addFile('Sample.js', Buffer.from(CODE));
    zip.addFile(
        'i18n/en.json',
        Buffer.from(JSON.stringify({ greeting: 'Greeting', params: 'words', description: 'Says them' })),
    );
    return zip.toBuffer();
}
