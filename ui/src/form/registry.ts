// Which component draws which field. A row says by its tester how well it fits; the best one draws. A new field kind is one
// file and one row here.

import type { Component } from 'svelte';
import type { FieldKind, FieldState, Look } from '../bindings';
import type { FormSession } from './session.svelte';
import CardsField from './CardsField.svelte';
import ChoicesField from './ChoicesField.svelte';
import DateField from './DateField.svelte';
import FilesField from './FilesField.svelte';
import LongTextField from './LongTextField.svelte';
import PrintersField from './PrintersField.svelte';
import RadioField from './RadioField.svelte';
import SelectField from './SelectField.svelte';
import TextField from './TextField.svelte';
import UnknownField from './UnknownField.svelte';
import YesField from './YesField.svelte';

/** What every field component gets. */
export interface FieldProps {
  /** Of the control; its hint and error derive theirs. */
  id: string;
  field: FieldState;
  session: FormSession;
  error: string | undefined;
  warning: string | undefined;
}

interface Row {
  component: Component<FieldProps>;
  /** 0: does not fit. */
  tester: (field: FieldState) => number;
}

const kind = (wanted: FieldKind) => (field: FieldState) => (field.kind === wanted ? 1 : 0);
const choice = (look: Look) => (field: FieldState) => (field.kind === 'choice' && field.look === look ? 2 : 0);

export const REGISTRY: readonly Row[] = [
  { component: TextField, tester: kind('text') },
  { component: LongTextField, tester: kind('long_text') },
  { component: YesField, tester: kind('yes') },
  { component: SelectField, tester: kind('choice') },
  { component: RadioField, tester: choice('radio') },
  { component: CardsField, tester: choice('cards') },
  { component: ChoicesField, tester: kind('choices') },
  { component: DateField, tester: kind('date') },
  { component: PrintersField, tester: kind('printers') },
  { component: FilesField, tester: kind('files') },
];

/** The component of a field; of a newer desktop's kind, one that says so. */
export function component_of(field: FieldState): Component<FieldProps> {
  let best: Row | undefined;
  let rank = 0;
  for (const row of REGISTRY) {
    const fit = row.tester(field);
    if (fit > rank) [best, rank] = [row, fit];
  }
  return best?.component ?? UnknownField;
}

/** The id of a field's control. */
export const control_id = (field: string) => `field-${field}`;
