// The permissions section: which objects get which mode, owner, ACL and SELinux context. Checked, not applied.

import { readAclEntry } from './acl.ts';
import type { PermissionRule, PermissionTarget, SecurityContext } from './appspec.ts';
import { escapeText, show } from './complaints.ts';
import { readMode } from './mode.ts';
import { describe, warnOfUnknownKeys } from './reader.ts';
import type { Reader } from './reader.ts';
import { strip } from './ruby-scalar.ts';
import { readSelinuxRange } from './selinux-range.ts';
import { isAbsent, isFalsy, textOf, valueOf } from './spec-value.ts';
import type { SpecNode } from './spec-value.ts';

const mostPermissions = 10_000;

/** The rules of the section; what is wrong goes to the reader's refusals. */
export function readPermissions(node: SpecNode | undefined, reader: Reader): readonly PermissionRule[] {
  if (isFalsy(node) || (node.kind === 'mapping' && node.entries.size === 0)) return [];
  if (node.kind !== 'list') {
    reader.refusals.add(node.line, 'permissions', `permissions is ${describe(node)}, but must be a list. Begin each entry with "- object:".`);
    return [];
  }
  if (node.items.length > mostPermissions) {
    reader.refusals.add(node.line, 'permissions', `permissions has ${node.items.length} entries, more than the ${mostPermissions} allowed. Use patterns instead.`);
    return [];
  }
  return node.items.flatMap((item, index) => readPermission(item, `permissions[${index}]`, reader) ?? []);
}

const permissionKeys = ['object', 'pattern', 'except', 'type', 'owner', 'group', 'mode', 'acls', 'context'];

function readPermission(node: SpecNode, path: string, reader: Reader): PermissionRule | null {
  if (node.kind !== 'mapping') {
    reader.refusals.add(node.line, path, `A permissions entry is ${describe(node)}, but must be a mapping. Give it an object.`);
    return null;
  }
  const objectNode = valueOf(node, 'object');
  const object = isAbsent(objectNode) ? '' : strip(textOf(objectNode));
  if (object === '') {
    reader.refusals.add(objectNode?.line ?? node.line, `${path}.object`, `The entry has no object (found ${objectNode === undefined ? 'no such key' : show(objectNode)}). Name the file or folder on the host.`);
  }
  const patternNode = valueOf(node, 'pattern');
  const textUnder = (key: 'owner' | 'group'): string | null => {
    const value = valueOf(node, key);
    return isAbsent(value) ? null : textOf(value);
  };
  const rule: PermissionRule = {
    object,
    pattern: isFalsy(patternNode) ? '**' : textOf(patternNode),
    except: readList(valueOf(node, 'except'), `${path}.except`, 'names to leave out', reader)?.map(textOf) ?? [],
    type: readTypes(valueOf(node, 'type'), `${path}.type`, reader),
    owner: textUnder('owner'),
    group: textUnder('group'),
    mode: readModeNode(valueOf(node, 'mode'), `${path}.mode`, reader),
    acls: readAcls(valueOf(node, 'acls'), `${path}.acls`, reader),
    context: readContext(valueOf(node, 'context'), `${path}.context`, reader),
  };
  warnOfUnknownKeys(node, permissionKeys, path, reader);
  return rule;
}

/** A list, null when there is none (absent, null or false), and a refusal for anything else. */
function readList(node: SpecNode | undefined, path: string, what: string, reader: Reader): readonly SpecNode[] | null {
  if (isFalsy(node)) return null;
  if (node.kind === 'list') return node.items;
  if (node.kind === 'mapping' && node.entries.size === 0) return [];
  reader.refusals.add(node.line, path, `This is ${describe(node)}, but must be a list of ${what}. Write it as ["..."].`);
  return null;
}

function readTypes(node: SpecNode | undefined, path: string, reader: Reader): readonly PermissionTarget[] {
  const items = readList(node, path, '"file" and "directory"', reader);
  if (items === null) return ['file', 'directory'];
  return items.flatMap((item, index) => {
    if (item.kind === 'string' && (item.text === 'file' || item.text === 'directory')) return [item.text];
    reader.refusals.add(item.line, `${path}[${index}]`, `The type is ${show(item)}, but must be "file" or "directory". Use one of them.`);
    return [];
  });
}

function readModeNode(node: SpecNode | undefined, path: string, reader: Reader): string | null {
  if (isAbsent(node)) return null;
  const reading = readMode(textOf(node));
  const isOctal = node.kind === 'integer' && /^[-+]?0[0-9_]/.test(node.source);
  if (reading.kind === 'refused') {
    const meant = isOctal ? ` (YAML reads an unquoted ${escapeText(node.source)} as the number ${node.value})` : '';
    reader.refusals.add(node.line, path, `The mode ${show(node)}${meant} ${reading.because}.`);
    return null;
  }
  if (isOctal && reading.digits !== node.source.padStart(3, '0')) {
    reader.warnings.add(node.line, path, `YAML reads the unquoted mode ${escapeText(node.source)} as the number ${node.value}, so mode ${reading.digits} is set. Put the mode in quotes.`);
  }
  return reading.digits;
}

function readAcls(node: SpecNode | undefined, path: string, reader: Reader): readonly string[] | null {
  if (isAbsent(node)) return null;
  const items = node.kind === 'boolean' ? null : readList(node, path, 'entries such as "user:deploy:rw-"', reader);
  if (items === null) {
    if (node.kind === 'boolean') reader.refusals.add(node.line, path, `acls is ${show(node)}, but must be a list. Write it as ["user:deploy:rw-"].`);
    return null;
  }
  return items.flatMap((item, index) => {
    const reading = item.kind === 'string' ? readAclEntry(item.text) : ({ kind: 'refused', because: 'is no text; put the entry in quotes' } as const);
    if (reading.kind === 'entry') return [reading.text];
    reader.refusals.add(item.line, `${path}[${index}]`, `The ACL entry ${show(item)} ${reading.because}.`);
    return [];
  });
}

function readContext(node: SpecNode | undefined, path: string, reader: Reader): SecurityContext | null {
  if (isAbsent(node)) return null;
  if (node.kind !== 'mapping') {
    reader.refusals.add(node.line, path, `context is ${describe(node)}, but must be a mapping. Give it a type, and if needed name and range.`);
    return null;
  }
  const typeNode = valueOf(node, 'type');
  if (isAbsent(typeNode)) {
    reader.refusals.add(node.line, `${path}.type`, `The context has no type. Give one, such as httpd_sys_content_t.`);
    return null;
  }
  const user = valueOf(node, 'user');
  if (user !== undefined) reader.warnings.add(user.line, `${path}.user`, `The key "user" is ignored, as in the original; the SELinux user is read from "name". Write "name: ${escapeText(textOf(user))}".`);
  warnOfUnknownKeys(node, ['name', 'user', 'type', 'range'], path, reader);
  const nameNode = valueOf(node, 'name');
  return { user: isAbsent(nameNode) ? null : textOf(nameNode), role: null, type: textOf(typeNode), range: readRange(valueOf(node, 'range'), `${path}.range`, reader) };
}

function readRange(node: SpecNode | undefined, path: string, reader: Reader): string | null {
  if (isAbsent(node)) return null;
  const reading = node.kind === 'string' ? readSelinuxRange(node.text) : ({ kind: 'refused', because: 'is no text; write it as s0 or s0-s15:c0.c1023' } as const);
  if (reading.kind === 'range') return reading.text;
  reader.refusals.add(node.line, path, `The range ${show(node)} ${reading.because}.`);
  return null;
}
