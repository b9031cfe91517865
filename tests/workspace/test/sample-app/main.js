// A small app for the workspace's own tests: an endpoint that runs the accessor call it is told to, and listeners that
// note down what they saw.
const { App } = require('@rocket.chat/apps-engine/definition/App');
const { AppsEngineException } = require('@rocket.chat/apps-engine/definition/exceptions');
const { RocketChatAssociationModel: Model, RocketChatAssociationRecord: Association } = require('@rocket.chat/apps-engine/definition/metadata');

const misc = (key) => new Association(Model.MISC, key);

const actions = {
    async echo({ request, endpoint }) {
        return { request, endpoint };
    },
    async visitor({ input, read, modify }) {
        const known = await read.getLivechatReader().getLivechatVisitorByToken(input.token);
        if (known) {
            return known;
        }
        await modify.getCreator().getLivechatCreator().createVisitor(input);
        return read.getLivechatReader().getLivechatVisitorByToken(input.token);
    },
    async save({ input, modify }) {
        return modify.getCreator().getLivechatCreator().createAndReturnVisitor(input.visitor);
    },
    async inbound({ input, read, modify }) {
        const creator = modify.getCreator();
        let visitor = await read.getLivechatReader().getLivechatVisitorByToken(input.token);
        if (!visitor) {
            visitor = await creator.getLivechatCreator().createAndReturnVisitor({ token: input.token, name: input.name, department: input.department });
        }
        let room = input.roomId ? await read.getRoomReader().getById(input.roomId) : undefined;
        if (!room) {
            const open = await read.getLivechatReader().getLivechatRooms(visitor);
            room = input.newRoom ? undefined : open[0];
        }
        if (!room) {
            room = await creator.getLivechatCreator().createRoom(visitor, undefined, {
                source: { type: 'app', label: 'Sample', destination: 'Shop' },
                customFields: { via: 'sample' },
            });
        }
        const message = creator.startLivechatMessage().setVisitor(visitor).setRoom(room).setText(input.text);
        const messageId = await creator.finish(message);
        return { roomId: room.id, messageId };
    },
    async online({ input, read }) {
        return read.getLivechatReader().isOnlineAsync(input.department);
    },
    async departments({ read }) {
        return read.getLivechatReader().getDepartmentsEnabledWithAgents();
    },
    async room({ input, read }) {
        return (await read.getRoomReader().getById(input.roomId)) ?? 'nothing';
    },
    async close({ input, read, modify }) {
        const room = input.room ?? (await read.getRoomReader().getById(input.roomId));
        return modify.getUpdater().getLivechatUpdater().closeRoom(room, input.comment ?? '');
    },
    async upload({ input, read, modify }) {
        const room = await read.getRoomReader().getById(input.roomId);
        return modify.getCreator().getUploadCreator().uploadBuffer(Buffer.from(input.base64, 'base64'), {
            filename: input.filename,
            room,
            visitorToken: input.token,
        });
    },
    async download({ input, read }) {
        const bytes = await read.getUploadReader().getBufferById(input.fileId);
        return bytes.toString('base64');
    },
    async persist({ input, persis }) {
        const associations = (input.keys ?? []).map(misc);
        switch (input.call) {
            case 'create':
                return { id: await persis.createWithAssociations(input.data, associations) };
            case 'updateByAssociations':
                return { id: await persis.updateByAssociations(associations, input.data, input.upsert) };
            case 'update':
                return persis.update(input.id, input.data);
            default:
                return (await persis.removeByAssociations(associations)) ?? 'nothing';
        }
    },
    async read({ input, read }) {
        return read.getPersistenceReader().readByAssociations(input.keys.map(misc));
    },
    async schedule({ input, modify }) {
        return input.interval
            ? modify.getScheduler().scheduleRecurring({ id: 'note', interval: input.interval, skipImmediate: true, data: input.data })
            : modify.getScheduler().scheduleOnce({ id: 'note', when: input.when, data: input.data });
    },
    async http({ input, http }) {
        const { statusCode, headers, content, data } = await http[input.method ?? 'get'](input.url, input.options ?? {});
        return { statusCode, headers, content: Buffer.isBuffer(content) ? { base64: content.toString('base64') } : content, data };
    },
    async bot({ input, modify }) {
        return modify.getCreator().finish(modify.getCreator().startBotUser({ username: input.username, name: 'Bot', roles: ['bot'], type: 'bot', isEnabled: true }));
    },
    async channel({ input, read, modify }) {
        const creator = await read.getUserReader().getByUsername(input.creator);
        const room = modify.getCreator().startRoom().setType(input.type).setSlugifiedName(input.name).setDisplayName('Shown').setCreator(creator).setMembersToBeAddedByUsernames(input.members ?? []);
        return { roomId: await modify.getCreator().finish(room) };
    },
    async notice({ input, read, modify }) {
        const room = await read.getRoomReader().getById(input.roomId);
        const message = modify.getCreator().startMessage(input.createdAt ? { createdAt: new Date(input.createdAt) } : undefined).setRoom(room).setText(input.text);
        if (input.threadId) {
            message.setThreadId(input.threadId);
        }
        return { messageId: await modify.getCreator().finish(message) };
    },
    async field({ input, modify }) {
        return modify.getUpdater().getLivechatUpdater().setCustomFields(input.token, input.key, input.value, true);
    },
    async edit({ input, read, modify }) {
        const editor = await read.getUserReader().getAppUser();
        const builder = await modify.getUpdater().message(input.messageId, editor);
        builder.setText(input.text).setEditor(editor);
        await modify.getUpdater().finish(builder);
    },
    async react({ input, read, modify }) {
        const user = await read.getUserReader().getAppUser();
        await modify.getUpdater().getMessageUpdater().addReaction(input.messageId, input.userId ?? user.id, input.emoji);
    },
    async setting({ input, read }) {
        return { value: await read.getEnvironmentReader().getServerSettings().getValueById(input.id) };
    },
    async sleep({ input }) {
        await new Promise((resolve) => setTimeout(resolve, input.ms));
    },
};

class SampleApp extends App {
    async extendConfiguration(configuration) {
        const run = (request, endpoint, read, modify, http, persis) => this.run(request, endpoint, read, modify, http, persis);
        await configuration.api.provideApi({
            visibility: 1,
            security: 0,
            endpoints: [
                { path: 'run', post: run },
                { path: 'things/:name', get: run },
            ],
        });
        await configuration.settings.provideSetting({ id: 'greeting', type: 'string', packageValue: 'hello', required: false, public: false, i18nLabel: 'greeting' });
        await configuration.slashCommands.provideSlashCommand({
            command: 'sample',
            i18nParamsExample: 'params',
            i18nDescription: 'description',
            providesPreview: false,
            executor: async (context, read, modify) => this.command(context, read, modify),
        });
        await configuration.scheduler.registerProcessors([
            {
                id: 'note',
                processor: async (job, _read, _modify, _http, persis) => {
                    if (job.fail) {
                        throw new Error('told to fail');
                    }
                    await persis.createWithAssociation({ job }, misc('jobs'));
                },
            },
        ]);
        configuration.ui.registerButton({ actionId: 'press', context: 'roomAction', labelI18n: 'press' });
    }

    async run(request, endpoint, read, modify, http, persis) {
        const input = request.content ?? {};
        const action = actions[request.params?.name ?? input.action];
        if (!action) {
            throw new Error('no such action');
        }
        const result = await action({ input, request, endpoint, read, modify, http, persis });
        return { status: 200, headers: { 'content-type': 'application/json' }, content: { result: result ?? null } };
    }

    async command(context, read, modify) {
        const sender = context.getSender();
        const [first] = context.getArguments();
        if (first === 'modal') {
            const block = { type: 'input', blockId: 'b', appId: this.getID(), label: { type: 'plain_text', text: 'Name' }, element: { type: 'plain_text_input', actionId: 'a', blockId: 'b', appId: this.getID() } };
            await modify.getUiController().openSurfaceView(
                { type: 'modal', id: 'sample-view', title: { type: 'plain_text', text: 'Sample' }, blocks: [block] },
                { triggerId: context.getTriggerId() },
                sender,
            );
            return;
        }
        const notifier = modify.getNotifier();
        const appUser = await read.getUserReader().getAppUser();
        const message = notifier.getMessageBuilder().setRoom(context.getRoom()).setSender(appUser).setText(`heard ${context.getArguments().join('|')}`).getMessage();
        await notifier.notifyUser(sender, message);
    }

    note(persis, event, detail) {
        return persis.createWithAssociation({ event, ...detail }, misc('events'));
    }

    about(message) {
        return { id: message.id, text: message.text, token: message.token, type: message.type, sender: message.sender?.username, roomType: message.room.type, fileId: message.file?._id };
    }

    async executePostMessageSent(message, _read, _http, persis) {
        await this.note(persis, 'sent', this.about(message));
    }

    async executePostSystemMessageSent(message, _read, _http, persis) {
        await this.note(persis, 'system', this.about(message));
    }

    async executePostMessageUpdated(message, _read, _http, persis) {
        await this.note(persis, 'updated', this.about(message));
    }

    async executePostMessageDeleted(message, _read, _http, persis, _modify, context) {
        await this.note(persis, 'deleted', { ...this.about(message), by: context?.user?.username });
    }

    async executePostMessageReacted(context, _read, _http, persis) {
        await this.note(persis, 'reacted', { ...this.about(context.message), reaction: context.reaction, isReacted: context.isReacted, by: context.user.username });
    }

    async executeLivechatRoomCreatePrevent(_room, read) {
        const [objection] = await read.getPersistenceReader().readByAssociation(misc('objection'));
        if (objection) {
            throw new AppsEngineException(objection.text);
        }
    }

    async executePostLivechatRoomStarted(room, _read, _http, persis) {
        await this.note(persis, 'started', { roomId: room.id });
    }

    async executePostLivechatRoomClosed(room, _read, _http, persis) {
        await this.note(persis, 'closed', { roomId: room.id, closer: room.closer, by: room.closedBy?.username, open: room.isOpen ?? null });
    }

    async executePostLivechatAgentAssigned(context, _read, _http, persis) {
        await this.note(persis, 'assigned', { roomId: context.room.id, agent: context.agent.username });
    }

    async executePostLivechatAgentUnassigned(context, _read, _http, persis) {
        await this.note(persis, 'unassigned', { roomId: context.room.id, agent: context.agent.username });
    }

    async executePostLivechatRoomTransferred(context, _read, _http, persis) {
        await this.note(persis, 'transferred', { type: context.type, from: context.from?.username ?? context.from?.name, to: context.to.username ?? context.to.name });
    }

    async onSettingUpdated(setting) {
        this.getLogger().info(`setting ${setting.id} is ${setting.value}`);
    }

    async executeBlockActionHandler(context, _read, _http, persis) {
        const { actionId, value, room } = context.getInteractionData();
        await this.note(persis, 'block', { actionId, value, roomId: room?.id });
        return context.getInteractionResponder().successResponse();
    }

    async executeViewSubmitHandler(context, _read, _http, persis) {
        const { view } = context.getInteractionData();
        if (!view.state?.b?.a) {
            return context.getInteractionResponder().viewErrorResponse({ viewId: view.id, errors: { a: 'needed' } });
        }
        await this.note(persis, 'submit', { state: view.state });
        return context.getInteractionResponder().successResponse();
    }

    async executeActionButtonHandler(context, _read, _http, persis) {
        const data = context.getInteractionData();
        await this.note(persis, 'button', { actionId: data.actionId, roomId: data.room?.id });
        return context.getInteractionResponder().successResponse();
    }
}

module.exports = { SampleApp };
