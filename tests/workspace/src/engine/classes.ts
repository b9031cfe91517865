/**
 * What the workspace takes from the engine at run time, of the version chosen for this process (`package.ts`). Types are those of
 * the newest version.
 */
import type * as Status from '@rocket.chat/apps-engine/definition/AppStatus.js';
import type * as Commands from '@rocket.chat/apps-engine/definition/slashcommands/SlashCommandContext.js';
import type * as Manager from '@rocket.chat/apps-engine/server/AppManager.js';
import type * as Bridges from '@rocket.chat/apps-engine/server/bridges/index.js';
import type * as Internal from '@rocket.chat/apps-engine/server/bridges/InternalBridge.js';
import type * as Threads from '@rocket.chat/apps-engine/server/bridges/ThreadBridge.js';
import type * as Permissions from '@rocket.chat/apps-engine/server/managers/AppPermissionManager.js';
import type * as Runtime from '@rocket.chat/apps-engine/server/runtime/deno/AppsEngineDenoRuntime.js';
import type * as Storages from '@rocket.chat/apps-engine/server/storage/index.js';
import type * as Sources from '@rocket.chat/apps-engine/server/storage/AppSourceStorage.js';

import { engineModule } from './package.js';

export const { AppManager } = engineModule('server/AppManager.js') as typeof Manager;
export const { AppPermissionManager } = engineModule('server/managers/AppPermissionManager.js') as typeof Permissions;
export const { AppStatus } = engineModule('definition/AppStatus.js') as typeof Status;
export const { SlashCommandContext } = engineModule('definition/slashcommands/SlashCommandContext.js') as typeof Commands;
export const { DenoRuntimeSubprocessController } = engineModule('server/runtime/deno/AppsEngineDenoRuntime.js') as typeof Runtime;
export const { AppLogStorage, AppMetadataStorage } = engineModule('server/storage/index.js') as typeof Storages;
export const { AppSourceStorage } = engineModule('server/storage/AppSourceStorage.js') as typeof Sources;
export const { InternalBridge } = engineModule('server/bridges/InternalBridge.js') as typeof Internal;
export const { ThreadBridge } = engineModule('server/bridges/ThreadBridge.js') as typeof Threads;
export const {
    ApiBridge,
    AppActivationBridge,
    AppBridges,
    AppDetailChangesBridge,
    CommandBridge,
    EnvironmentalVariableBridge,
    HttpBridge,
    LivechatBridge,
    MessageBridge,
    PersistenceBridge,
    RoleBridge,
    RoomBridge,
    SchedulerBridge,
    ServerSettingBridge,
    UiInteractionBridge,
    UploadBridge,
    UserBridge,
} = engineModule('server/bridges/index.js') as typeof Bridges;
