// Where the controller is reached, and where what it names without its own address is found.

import type { Command } from '../protocol/session/frames.ts';

/**
 * The command with its bundle's address made whole: the controller may leave out its own address, since each agent knows
 * best by which one it reaches it.
 */
export function withBundleUrl(command: Command, session: string): Command {
  if (command.kind !== 'RunEvent' || command.bundle === undefined || !command.bundle.url.startsWith('/')) return command;
  const controller = session.replace(/^ws/, 'http').replace(/\/v1\/session$/, '');
  return { ...command, bundle: { ...command.bundle, url: controller + command.bundle.url } };
}

/** The session endpoint of the controller at an http: or https: URL. */
export function sessionUrl(controllerUrl: string): string {
  const url = new URL(controllerUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/session`;
  return url.href;
}
