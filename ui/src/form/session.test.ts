import { beforeEach, describe, expect, it } from 'vitest';
import type { FormState } from '../bindings';
import { FAKE_NOW, FakeHost } from '../host/fake';
import { HostProblem } from '../host/host';
import { FormSession, type FieldChange } from './session.svelte';

let host: FakeHost;
let session: FormSession;
let changes: FieldChange[];

beforeEach(async () => {
  host = new FakeHost({ window: 'work', answers: { duration: 'permanent' } });
  changes = [];
  session = new FormSession(host, await host.call('draft_get', { draft: 'dra_create' }), () => FAKE_NOW, (change) => changes.push(change));
});

const answers = () => host.calls_of('draft_answer').map(({ field, value, sequence }) => ({ field, value, sequence }));

/** Lets calls of a name wait until they are let go. */
function holding(): () => void {
  let go = () => undefined as void;
  const gate = new Promise<void>((resolve) => (go = resolve));
  host.hold.set('draft_answer', () => gate);
  return () => {
    host.hold.delete('draft_answer');
    go();
  };
}

describe('answers', () => {
  it('are counted up and leave one after another', async () => {
    session.change('first_name', 'L');
    session.change('last_name', 'H');
    await session.flush();
    expect(answers()).toEqual([
      { field: 'first_name', value: 'L', sequence: 1 },
      { field: 'last_name', value: 'H', sequence: 2 },
    ]);
    expect(session.state.sequence).toBe(2);
  });

  it('of a field that is still being typed leave as their last one', async () => {
    session.change('first_name', 'L', 10_000);
    session.change('first_name', 'Le', 10_000);
    session.change('first_name', 'Lena', 10_000);
    expect(answers()).toEqual([]);
    await session.flush();
    expect(answers()).toEqual([{ field: 'first_name', value: 'Lena', sequence: 1 }]);
  });

  it('typed while another is on its way are shown and sent after it', async () => {
    const go = holding();
    session.change('first_name', 'L');
    const flushed = session.flush();
    session.change('first_name', 'Lena');
    const field = session.field('first_name');
    expect(field && session.text(field)).toBe('Lena');
    go();
    await flushed;
    expect(answers().map(({ value }) => value)).toEqual(['L', 'Lena']);
    expect(session.is_saving).toBe(false);
    expect(session.field('first_name')?.value).toBe('Lena');
  });

  it('that could not be stored stay and are sent again', async () => {
    host.hold.set('draft_answer', () => Promise.reject(new HostProblem({ code: 'not_stored', message: 'disk full' })));
    session.change('first_name', 'Lena');
    await session.flush();
    expect(session.problem?.code).toBe('not_stored');
    expect(session.is_saving).toBe(true);
    const field = session.field('first_name');
    expect(field && session.text(field)).toBe('Lena');
    host.hold.delete('draft_answer');
    await session.flush();
    expect(session.problem).toBeUndefined();
    expect(host.drafts.get('dra_create')?.['first_name']).toBe('Lena');
  });
});

describe('states', () => {
  const state = (sequence: number, title: string): FormState => ({
    ...session.state,
    sequence,
    sections: session.state.sections.map((section) => ({ ...section, title })),
  });

  it('older than the one shown are dropped', () => {
    session.apply(state(5, 'newer'));
    session.apply(state(4, 'older'));
    expect(session.state.sections[0]?.title).toBe('newer');
    session.apply(state(6, 'newest'));
    expect(session.state.sections[0]?.title).toBe('newest');
  });

  it('of a draft asked for anew are taken unless an answer left meanwhile', async () => {
    session.change('first_name', 'Lena');
    await session.renew(() => host.call('draft_get', { draft: 'dra_create' }));
    expect(session.state.sequence).toBe(1);
    expect(session.field('first_name')?.value).toBe('Lena');
    const old = await host.call('draft_get', { draft: 'dra_create' });
    await session.renew(async () => {
      session.change('first_name', 'Lina');
      await session.flush();
      return old;
    });
    expect(session.field('first_name')?.value).toBe('Lina');
  });

  it('tell which fields appeared and went', async () => {
    session.change('duration', 'temporary');
    await session.flush();
    session.change('duration', 'permanent');
    await session.flush();
    expect(changes.map(({ appeared, went }) => [appeared.map((field) => field.id), went.map((field) => field.id)])).toEqual([
      [['end'], []],
      [[], ['end']],
    ]);
  });
});

describe('findings', () => {
  it('are said once the field was left', async () => {
    expect(session.findings('first_name')).toEqual([]);
    await session.leave('first_name');
    expect(session.findings('first_name').map((finding) => finding.code)).toEqual(['required']);
    expect(session.findings('last_name')).toEqual([]);
  });

  it('are said after the last answer is in, not before', async () => {
    session.change('first_name', 'Lena', 10_000);
    await session.leave('first_name');
    expect(session.findings('first_name')).toEqual([]);
  });

  it('are not said where the screen had put the focus and nothing was typed', async () => {
    session.spare('first_name');
    await session.leave('first_name');
    expect(session.findings('first_name')).toEqual([]);
    await session.leave('first_name');
    expect(session.findings('first_name')).toHaveLength(1);
    session.spare('last_name');
    session.change('last_name', 'H');
    session.change('last_name', null);
    await session.leave('last_name');
    expect(session.findings('last_name')).toHaveLength(1);
  });

  it('are all said after a try to send', () => {
    session.tried = true;
    expect(session.findings('last_name').map((finding) => finding.code)).toEqual(['required']);
  });

  it('of a question that appears after the try wait until it was left or sent again', async () => {
    session.tried = true;
    session.change('duration', 'temporary');
    await session.flush();
    expect(session.obstacles.map((finding) => finding.field)).toContain('end');
    expect(session.findings('end')).toEqual([]);
    expect(session.said_obstacles.map((finding) => finding.field)).not.toContain('end');
    session.tried = true;
    expect(session.findings('end')).toHaveLength(1);
    session.change('duration', 'permanent');
    await session.flush();
    session.change('duration', 'temporary');
    await session.flush();
    expect(session.findings('end')).toEqual([]);
    await session.leave('end');
    expect(session.findings('end')).toHaveLength(1);
  });

  it('make a section wrong only when they may be said', async () => {
    const person = session.state.sections[0];
    expect(session.is_wrong(person?.fields ?? [])).toBe(false);
    await session.leave('first_name');
    expect(session.is_wrong(person?.fields ?? [])).toBe(true);
  });

  it('of the hub take the place of the own ones', () => {
    session.refuse([{ field: 'logon', code: 'not_a_logon_name', message: '', warning: false }]);
    expect(session.obstacles.map((finding) => finding.field)).toEqual(['logon']);
    expect(session.findings('logon')).toHaveLength(1);
  });
});
