import { describe, expect, it } from 'vitest';
import type { FieldKind, FieldState, Look } from '../bindings';
import CardsField from './CardsField.svelte';
import { component_of, REGISTRY } from './registry';
import RadioField from './RadioField.svelte';
import SelectField from './SelectField.svelte';
import UnknownField from './UnknownField.svelte';

/** A key that the contract lacks, or one it has and this lacks, does not compile. */
const KINDS: Record<FieldKind, true> = {
  text: true,
  long_text: true,
  yes: true,
  choice: true,
  choices: true,
  date: true,
  printers: true,
  files: true,
};
const LOOKS: Record<Look, unknown> = { select: SelectField, radio: RadioField, cards: CardsField };

const field = (kind: FieldKind, look: Look = 'select'): FieldState => ({
  id: 'f',
  kind,
  label: 'F',
  required: false,
  options: [],
  look,
  max_length: 0,
  half: false,
  follow_up: false,
});

describe('the registry', () => {
  it('draws every kind of field', () => {
    for (const kind of Object.keys(KINDS) as FieldKind[]) expect(component_of(field(kind)), kind).not.toBe(UnknownField);
  });

  it('draws every look of a choice by its own component', () => {
    for (const [look, component] of Object.entries(LOOKS)) expect(component_of(field('choice', look as Look))).toBe(component);
  });

  it('uses every row', () => {
    const used = new Set([
      ...(Object.keys(KINDS) as FieldKind[]).map((kind) => component_of(field(kind))),
      ...(Object.keys(LOOKS) as Look[]).map((look) => component_of(field('choice', look))),
    ]);
    expect(REGISTRY.filter((row) => !used.has(row.component))).toEqual([]);
  });

  it('says so where it does not know a kind', () => {
    expect(component_of(field('hologram' as FieldKind))).toBe(UnknownField);
  });
});
