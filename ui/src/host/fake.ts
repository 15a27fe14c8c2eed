// A made-up desktop for tests and for looking at the screens while they are built: it keeps drafts and requests in memory and
// plays a form by hand. Never part of the product: the build refuses it. In one file because it is one
// whole firm of made-up people and orders.

import type {
  Action,
  Commands,
  DesktopEvent,
  DraftView,
  FieldState,
  Finding,
  FormState,
  HistoryEntry,
  Inbox,
  OutboxLine,
  Overview,
  Plan,
  PictureOffer,
  Profile,
  RequestList,
  RequestState,
  RequestSummary,
  RequestView,
  Role,
  Run,
  SectionState,
  Standing,
  Value,
  WindowLabel,
} from '../bindings';
import { HostProblem, type CommandName, type Host, type RequestOf, type ResponseOf } from './host';

export const FAKE_NOW = new Date(2026, 10, 23, 10, 42);

export interface FakeSetting {
  window?: WindowLabel;
  role?: Role;
  language?: 'de' | 'en';
  overview?: Partial<Overview>;
  /** First run: your data not confirmed. */
  first_run?: boolean;
  printers?: 'list' | 'down' | 'none' | 'many';
  /** Answers of the draft `dra_create`. */
  answers?: Record<string, Value>;
  picture?: () => Promise<Blob>;
}

type Answers = Record<string, Value>;

const at = (day: number, hour: number, minute: number) => new Date(2026, 10, day, hour, minute).toISOString();
const none = { options: [], look: 'select', max_length: 200, half: false, follow_up: false } as const;

export class FakeHost implements Host {
  readonly window: WindowLabel;
  readonly single_page = false;
  readonly calls: { name: CommandName; request: unknown }[] = [];
  /** A call of this name waits for the promise, or fails with what it throws. */
  readonly hold = new Map<CommandName, () => Promise<void>>();
  overview: Overview;
  profile: Profile;
  drafts = new Map<string, Answers>();
  pictures: DraftView['pictures'] = [];
  inbox: Inbox;
  list: RequestList;
  views = new Map<string, RequestView>();
  #hearers = new Set<(event: DesktopEvent) => void>();
  #closers = new Set<() => Promise<void>>();
  #discarded: Overview['drafts'] = [];
  readonly #de: boolean;

  constructor(private readonly setting: FakeSetting = {}) {
    this.window = setting.window ?? 'menu';
    const language = setting.language ?? 'de';
    this.#de = language === 'de';
    const role = setting.role ?? 'approver';
    const name = role === 'approver' ? 'Petra Holzmann' : 'Jana Keller';
    this.profile = {
      name,
      tenant_name: 'Berger Holzmann & Partner',
      email: role === 'approver' ? 'petra.holzmann@kanzlei-berger.example' : 'jana.keller@kanzlei-berger.example',
      town: 'Fulda',
      phone: '0171 3920022',
      confirmed: !setting.first_run,
    };
    this.drafts.set('dra_create', setting.answers ?? example_answers());
    this.drafts.set('dra_support', {
      description: this.#w(
        'Beim Speichern einer Buchung kommt die Meldung „Der Stapel ist durch einen anderen Benutzer gesperrt“. Es arbeitet aber niemand sonst daran. Erwartet: Die Buchung wird gespeichert. Seit heute früh, bei allen Stapeln für November.',
        'When I save a booking, the message “The batch is locked by another user” appears. Nobody else works on it. Expected: the booking is saved. Since this morning, for all batches of November.',
      ),
      concerns: 'me',
      can_work: 'limited',
    });
    this.overview = {
      version: '0.1.0',
      language,
      connection: 'connected',
      secrets: 'stored',
      brand: { provider: 'SPECTRUM', hotline: '069 90009-100', hotline_hours: this.#w('heute bis 18 Uhr', 'today until 6 pm') },
      tenant_name: 'Berger Holzmann & Partner',
      person_name: name,
      role,
      host: 'TS-FD-03',
      session: '41',
      waiting: role === 'approver' ? 3 : 0,
      open_requests: 4,
      returned_requests: 1,
      unsent: 0,
      given_up: 0,
      drafts: [
        { draft: 'dra_create', form: 'user-create', title: this.#w('Neuen Benutzer anlegen', 'Create a new user'), subject: 'Lena Hofmann', saved_at: at(23, 10, 42) },
        {
          draft: 'dra_support',
          form: 'support',
          title: this.#w('Supportanfrage', 'Support request'),
          subject: this.#w('Buchungsstapel ist gesperrt', 'posting batch is locked'),
          saved_at: at(22, 17, 4),
        },
      ],
      may_quit: true,
      profile_confirmed: !setting.first_run,
      tray_missing: false,
      audit_mismatch: false,
      set_aside: [],
      policy: [],
      entries: [
        { entry: 0, title: this.#w('Fernwartung starten', 'Start remote support') },
        { entry: 1, title: this.#w('Handbuch', 'Handbook') },
      ],
      ...setting.overview,
    };
    const requests = this.#requests();
    this.inbox = {
      waiting: requests.filter((view) => view.summary.state === 'waiting' && view.actions.includes('decide')).map((view) => view.summary),
      returned: requests.filter((view) => view.summary.id === 'req_folder').map((view) => view.summary),
      decided: requests.filter((view) => view.summary.id === 'req_decided').map((view) => view.summary),
      as_of: at(23, 10, 40),
    };
    for (const view of requests) this.views.set(view.summary.id, view);
    const own = ['req_scanner', 'req_pause', 'req_lindner', 'req_answer', 'req_old'];
    this.list = {
      outbox: [outbox_line('out_search', this.#w('Supportanfrage', 'Support request'), this.#w('Outlook-Suche findet nichts', 'Outlook search finds nothing'), 'stored')],
      requests: own.flatMap((id) => this.views.get(id)?.summary ?? []),
      as_of: at(23, 10, 40),
    };
  }

  async call<K extends CommandName>(name: K, request: RequestOf<K>): Promise<ResponseOf<K>> {
    this.calls.push({ name, request: structuredClone(request) });
    await this.hold.get(name)?.();
    const answer = this.#answers[name] as ((request: RequestOf<K>) => ResponseOf<K> | Promise<ResponseOf<K>>) | undefined;
    if (!answer) throw new HostProblem({ code: 'internal', message: `made-up desktop: no ${name}` });
    const given = await answer(request);
    return given instanceof Blob ? given : structuredClone(given);
  }

  listen(handler: (event: DesktopEvent) => void): () => void {
    this.#hearers.add(handler);
    return () => this.#hearers.delete(handler);
  }

  before_close(work: () => Promise<void>): () => void {
    this.#closers.add(work);
    return () => this.#closers.delete(work);
  }

  tell(event: DesktopEvent): void {
    for (const hearer of this.#hearers) hearer(event);
  }

  /** As if the window's frame had been told to close. */
  async close_frame(): Promise<void> {
    await Promise.all([...this.#closers].map((work) => work()));
  }

  calls_of<K extends CommandName>(name: K): RequestOf<K>[] {
    return this.calls.filter((each) => each.name === name).map((each) => each.request as RequestOf<K>);
  }

  #w(de: string, en: string): string {
    return this.#de ? de : en;
  }

  readonly #answers: { [K in CommandName]?: (request: Commands[K]['request']) => Commands[K]['response'] | Promise<Commands[K]['response']> } = {
    overview_get: () => this.overview,
    enrolment_look: ({ code }) => {
      if (code.replace(/\W/g, '').length < 6) throw new HostProblem({ code: 'enrolment_refused', message: 'refused' });
      return { hub_name: 'SPECTRUM', tenant_name: 'Berger Holzmann & Partner', person_name: 'Jana Keller', role: 'staff' };
    },
    enrolment_confirm: () => (this.overview = { ...this.overview, connection: 'connected', profile_confirmed: false }),
    profile_get: () => this.profile,
    profile_save: (change) => {
      this.profile = { ...this.profile, ...change, confirmed: true };
      this.overview = { ...this.overview, profile_confirmed: true };
      return this.profile;
    },
    language_set: ({ language }) => (this.overview = { ...this.overview, language: language ?? 'de' }),
    kind_list: () =>
      [
        ['user-create', 'user-add', 'Neuen Benutzer anlegen', 'Konto, Postfach, Rechte und Drucker', 'Create a new user', 'Account, mailbox, rights and printers'],
        ['user-remote', 'remote', 'Fernzugriff und/oder ActiveSync einrichten', 'Von zu Hause arbeiten (VPN), E-Mail am Smartphone', 'Set up remote access and/or ActiveSync', 'Work from home (VPN), e-mail on the phone'],
        ['user-rename', 'rename', 'Nachnamen eines Benutzers ändern', 'Der Anmeldename kann bleiben', 'Change the last name of a user', 'The logon name can stay'],
        ['user-suspend', 'user-pause', 'Benutzer zeitweise deaktivieren', 'Alles bleibt erhalten bis zur Rückkehr', 'Deactivate a user for a time', 'Everything stays until the return'],
        ['user-resume', 'user-back', 'Benutzer reaktivieren', 'Wer deaktiviert ist, sehen nur Weisungsbefugte', 'Reactivate a user', 'Only approvers see who is deactivated'],
        ['user-delete', 'user-delete', 'Benutzer löschen', 'Austritt mit Postfach, Dateien und Geräten', 'Delete a user', 'Leaver with mailbox, files and devices'],
      ].map(([form, icon, de, de_line, en, en_line]) => ({
        form: form ?? '',
        kind: 'change' as const,
        icon: icon ?? '',
        title: this.#w(de ?? '', en ?? ''),
        line: this.#w(de_line ?? '', en_line ?? ''),
        update_needed: form === 'user-resume',
      })),
    draft_begin: ({ form }) => this.#draft(form === 'support' ? 'dra_support' : 'dra_create', 0),
    draft_get: ({ draft }) => this.#draft(draft, 0),
    draft_answer: ({ draft, field, value, sequence }) => {
      const answers = { ...this.#of(draft) };
      if (value === null) delete answers[field];
      else answers[field] = value;
      this.drafts.set(draft, answers);
      return this.#draft(draft, sequence).state;
    },
    draft_discard: ({ draft }) => {
      this.#discarded = this.overview.drafts.filter((each) => each.draft === draft);
      return (this.overview = { ...this.overview, drafts: this.overview.drafts.filter((each) => each.draft !== draft) });
    },
    draft_restore: () => (this.overview = { ...this.overview, drafts: [...this.#discarded, ...this.overview.drafts] }),
    draft_picture_add: ({ draft, picture }) => {
      this.pictures = [...this.pictures, { picture, name: `${picture}.png`, width: 1920, height: 1080, size: 218_000 }];
      return this.#draft(draft, 0);
    },
    draft_picture_remove: ({ draft, picture }) => {
      this.pictures = this.pictures.filter((each) => each.picture !== picture);
      return this.#draft(draft, 0);
    },
    approver_list: () => [
      { id: 'per_berger', name: 'Dr. Thomas Berger' },
      ...(this.overview.person_name === 'Petra Holzmann' ? [] : [{ id: 'per_holzmann', name: 'Petra Holzmann' }]),
      { id: 'per_brandt', name: 'Claudia Brandt', absent_until: '2026-11-27', substitute: 'Dr. Thomas Berger' },
    ],
    draft_send: () => {
      const item = outbox_line('out_sent', this.#w('Neuen Benutzer anlegen', 'Create a new user'), 'Lena Hofmann', 'sending');
      return { item };
    },
    picture_list: () => ({
      offers: [this.#offer('pic_before', 'before_click')],
      monitors: [
        { monitor: 0, name: 'DP-1', width: 1920, height: 1080, primary: true },
        { monitor: 1, name: 'DP-2', width: 1920, height: 1080, primary: false },
      ],
    }),
    picture_take: ({ monitor }) => this.#offer(`pic_${monitor}_${this.pictures.length}`, 'monitor'),
    picture_get: () => this.#blob(),
    attachment_get: () => this.#blob(),
    request_list: () => this.list,
    request_get: ({ request }) => this.#view(request),
    request_revise: () => this.#draft('dra_create', 0),
    request_withdraw: ({ request }) => this.#move(request, 'withdrawn', 'withdrawn', '', []),
    request_comment: ({ request, text }) => this.#move(request, this.#view(request).summary.state, 'commented', text),
    inbox_list: () => this.inbox,
    request_decide: ({ request, verdict, text, content_hash }) => {
      const view = this.#view(request);
      if (view.content_hash !== content_hash) throw new HostProblem({ code: 'changed', message: 'changed' });
      const [state, event] = (
        {
          approve: ['queued', 'approved'],
          refuse: ['refused', 'refused'],
          return: ['returned', 'returned'],
        } as const
      )[verdict];
      const moved = this.#move(request, state, event, text, ['take_back', 'comment']);
      this.inbox = {
        ...this.inbox,
        waiting: this.inbox.waiting.filter((each) => each.id !== request),
        decided: [moved.summary, ...this.inbox.decided],
      };
      return moved;
    },
    decision_take_back: ({ request }) => {
      const moved = this.#move(request, 'waiting', 'taken_back', '', ['decide', 'comment']);
      this.inbox = {
        ...this.inbox,
        waiting: [moved.summary, ...this.inbox.waiting],
        decided: this.inbox.decided.filter((each) => each.id !== request),
      };
      return moved;
    },
    outbox_get: ({ item }) => {
      const found = [...this.list.outbox, outbox_line('out_sent', this.#w('Neuen Benutzer anlegen', 'Create a new user'), 'Lena Hofmann', 'sending')].find((line) => line.item === item);
      if (!found) throw new HostProblem({ code: 'not_found', message: 'no such item' });
      return found;
    },
    outbox_retry: () => this.list,
    outbox_return: () => this.#draft('dra_create', 0),
    outbox_drop: () => (this.list = { ...this.list, outbox: [] }),
    screen_open: () => ({}),
    entry_open: ({ entry }) => {
      if (this.overview.entries[entry] === undefined) throw new HostProblem({ code: 'not_found', message: 'no such entry' });
      return {};
    },
    window_close: () => ({}),
    windows_end: () => ({}),
    program_quit: () => ({}),
  };

  #of(draft: string): Answers {
    const answers = this.drafts.get(draft);
    if (!answers) throw new HostProblem({ code: 'not_found', message: 'no such draft' });
    return answers;
  }

  #view(request: string): RequestView {
    const view = this.views.get(request);
    if (!view) throw new HostProblem({ code: 'not_found', message: 'no such request' });
    return view;
  }

  #move(request: string, state: RequestState, event: HistoryEntry['event'], text: string, actions?: Action[]): RequestView {
    const view = this.#view(request);
    const person = { id: 'per_me', name: this.overview.person_name };
    const moved: RequestView = {
      ...view,
      summary: { ...view.summary, state },
      history: [...view.history, { at: FAKE_NOW.toISOString(), event, person, role: this.overview.role, text }],
      actions: actions ?? view.actions,
    };
    this.views.set(request, moved);
    return moved;
  }

  #offer(picture: string, source: PictureOffer['source']): PictureOffer {
    return { picture, source, width: 1920, height: 1080, taken_at: at(23, 10, 41), empty: false };
  }

  #blob(): Promise<Blob> {
    return this.setting.picture?.() ?? Promise.resolve(new Blob([Uint8Array.of(0x89, 0x50)], { type: 'image/png' }));
  }

  #draft(draft: string, sequence: number): DraftView {
    const answers = this.#of(draft);
    const is_support = draft === 'dra_support';
    return {
      draft,
      form: is_support ? 'support' : 'user-create',
      form_version: 1,
      kind: is_support ? 'support' : 'change',
      title: is_support ? this.#w('Supportanfrage', 'Support request') : this.#w('Neuen Benutzer anlegen', 'Create a new user'),
      icon: is_support ? 'support' : 'user-add',
      state: is_support ? this.#support(answers, sequence) : this.#create(answers, sequence),
      answers,
      pictures: is_support ? this.pictures : [],
      saved_at: at(23, 10, 42),
      needs_approval: !is_support,
      may_approve: this.overview.role === 'approver',
      print_system_down: this.setting.printers === 'down',
      revises: null,
      form_changed: false,
    };
  }

  #support(answers: Answers, sequence: number): FormState {
    const f = fields(answers);
    const sections: SectionState[] = [
      {
        id: 'problem',
        title: this.#w('Was ist passiert?', 'What happened?'),
        standing: 'open',
        fields: [
          f('description', 'long_text', this.#w('Was passiert, und was haben Sie erwartet?', 'What happens, and what did you expect?'), {
            required: true,
            hint: this.#w('Zwei Sätze genügen. Kennwörter bitte nie hineinschreiben.', 'Two sentences are enough. Please never write passwords here.'),
            max_length: 4000,
          }),
          f('concerns', 'choice', this.#w('Wen betrifft es?', 'Who is affected?'), {
            required: true,
            look: 'radio',
            options: options([
              ['me', this.#w('mich', 'me')],
              ['other', this.#w('eine andere Person', 'another person')],
              ['several', this.#w('mehrere', 'several')],
              ['all', this.#w('alle', 'all')],
            ]),
          }),
          ...(answers['concerns'] === 'other' ? [f('concerned', 'text', this.#w('Name der Person', 'Name of the person'), { required: true, follow_up: true })] : []),
          f('can_work', 'choice', this.#w('Können Sie weiterarbeiten?', 'Can you go on working?'), {
            required: true,
            look: 'radio',
            options: options([
              ['yes', this.#w('Ja', 'Yes')],
              ['limited', this.#w('Eingeschränkt', 'With difficulty')],
              ['no', this.#w('Nein', 'No')],
            ]),
          }),
        ],
      },
      {
        id: 'pictures',
        title: this.#w('Bilder', 'Pictures'),
        standing: 'complete',
        fields: [
          f('pictures', 'files', this.#w('Bilder', 'Pictures'), {
            hint: this.#w('Zeigen Sie die Meldung. Vertrauliches vorher schließen oder entfernen.', 'Show the message. Close or remove confidential things first.'),
          }),
        ],
      },
    ];
    const plan = {
      ...empty_plan(),
      opening: [runs(this.#w('Ihre Anfrage geht ohne Freigabe direkt an *SPECTRUM*.', 'Your request goes straight to *SPECTRUM*; no approval is needed.'))],
    };
    return finish(sections, plan, sequence, []);
  }

  #create(answers: Answers, sequence: number): FormState {
    const f = fields(answers);
    const w = (de: string, en: string) => this.#w(de, en);
    const is_temporary = answers['duration'] === 'temporary';
    const medium = answers['medium'];
    const printers =
      this.setting.printers === 'down' || this.setting.printers === 'none'
        ? []
        : [
            ...options([
              ['FD-EG', 'FD-EG-Kyocera', w('Erdgeschoss, Empfang', 'Ground floor, reception')],
              ['FD-1OG', 'FD-1OG-Lohn', w('1. Obergeschoss, Raum 112', '1st floor, room 112')],
              ['FD-2OG', 'FD-2OG-Farbe', w('2. Obergeschoss, Flur · angehalten', '2nd floor, hall · paused')],
            ]),
            ...(this.setting.printers === 'many'
              ? Array.from({ length: 40 }, (_, index) => ({ value: `P${index}`, label: `HEF-${index + 1}`, hint: `Bad Hersfeld, Raum ${index + 1}`, locked: false }))
              : []),
            { value: 'HP', label: 'HP LaserJet Homeoffice', hint: w('umgeleitet', 'redirected'), locked: true },
            { value: 'BR', label: 'Brother Etiketten', hint: w('umgeleitet', 'redirected'), locked: true },
          ];
    const ticked = Array.isArray(answers['printers']) ? answers['printers'] : [];
    const sections: SectionState[] = [
      {
        id: 'person',
        title: 'Person',
        standing: 'open',
        fields: [
          f('first_name', 'text', w('Vorname', 'First name'), { required: true, half: true }),
          f('last_name', 'text', w('Nachname', 'Last name'), { required: true, half: true }),
          f('department', 'choice', w('Abteilung', 'Department'), {
            required: true,
            half: true,
            options: options([['pay', w('Lohnbuchhaltung', 'Payroll')], ['acc', w('Rechnungswesen', 'Accounting')], ['tax', w('Steuern', 'Taxes')]]),
          }),
          f('site', 'choice', w('Ort', 'Town'), { required: true, half: true, options: options([['fd', 'Fulda'], ['hef', 'Bad Hersfeld']]) }),
          f('start', 'date', w('Erster Arbeitstag', 'First working day'), { required: true, half: true }),
          f('role', 'text', w('Funktion', 'Role'), { half: true }),
          f('duration', 'choice', w('Wie lange gilt das Arbeitsverhältnis?', 'How long does the employment last?'), {
            required: true,
            look: 'radio',
            options: options([['permanent', w('Unbefristet', 'Permanent')], ['temporary', w('Befristet', 'Temporary')]]),
          }),
          ...(is_temporary ? [f('end', 'date', w('Befristet bis', 'Ends on'), { required: true, half: true, follow_up: true })] : []),
        ],
      },
      {
        id: 'logon',
        title: w('Anmeldung', 'Sign-in'),
        standing: 'open',
        fields: [
          f('like', 'choice', w('Gleiche Rechte wie', 'Same rights as'), {
            hint: w('Gruppen und Laufwerke werden übernommen, Verwaltungsrechte nie.', 'Groups and drives are copied, administrator rights never.'),
            options: options([['ms', 'Miriam Schuster'], ['lh', 'Lars Hofmann']]),
          }),
          f('logon', 'text', w('Anmeldename', 'Logon name'), {
            half: true,
            hint: w('l.hofmann gehört Lars Hofmann. Dieser ist frei.', 'l.hofmann belongs to Lars Hofmann. This one is free.'),
          }),
          f('mail', 'text', w('E-Mail-Adresse', 'E-mail address'), { half: true, hint: w('Nach der Regel Ihrer Kanzlei gebildet.', 'Built by the rule of your firm.') }),
        ],
      },
      {
        id: 'remote',
        title: w('Fernzugriff', 'Remote access'),
        standing: 'complete',
        fields: [
          f('vpn', 'yes', w('Fernzugriff (VPN)', 'Remote access (VPN)'), {}),
          f('sync', 'yes', 'ActiveSync', {
            hint: w('E-Mail, Kalender und Kontakte auf dem Smartphone.', 'E-mail, calendar and contacts on the phone.'),
            explain: w('ActiveSync gleicht das Postfach mit einem Smartphone ab.', 'ActiveSync keeps a mailbox and a phone in step.'),
          }),
        ],
      },
      {
        id: 'datev',
        title: 'DATEV',
        note: w('nur weil Ihre Kanzlei DATEV nutzt', 'only because your firm uses DATEV'),
        standing: 'open',
        fields: [
          f('medium', 'choice', w('Zugangsmedium', 'Access medium'), {
            required: true,
            look: 'cards',
            options: options([
              ['smartcard', 'SmartCard', w('Karte mit Lesegerät', 'Card with a reader')],
              ['midentity', 'mIDentity', w('Stick, ohne Lesegerät', 'Stick, no reader needed')],
              ['smartlogin', 'SmartLogin', w('App auf dem Smartphone', 'App on the phone')],
            ]),
          }),
          ...(medium === 'smartcard'
            ? [
                f('source', 'choice', w('Woher kommt die SmartCard?', 'Where does the SmartCard come from?'), {
                  required: true,
                  half: true,
                  follow_up: true,
                  hint: w('Lieferung in 5 bis 7 Arbeitstagen.', 'Delivery takes 5 to 7 working days.'),
                  options: options([['spectrum', w('SPECTRUM bestellt sie', 'SPECTRUM orders it')], ['own', w('Vorhandene wird übernommen', 'An existing one is used')]]),
                }),
                f('receiver', 'choice', w('Wer bekommt PIN und Codes?', 'Who receives PIN and codes?'), {
                  required: true,
                  half: true,
                  follow_up: true,
                  options: options([['ph', 'Petra Holzmann'], ['tb', 'Dr. Thomas Berger']]),
                }),
              ]
            : []),
          f('rights', 'choices', w('Rechte in DATEV-Cloud-Anwendungen', 'Rights in DATEV cloud applications'), {
            options: options([['uo', 'Unternehmen online'], ['ms', 'Meine Steuern'], ['lo', 'Lohn online']]),
          }),
        ],
      },
      {
        id: 'printers',
        title: w('Drucker', 'Printers'),
        standing: 'complete',
        fields: [
          f('printers', 'printers', w('Welche Drucker?', 'Which printers?'), { options: printers }),
          ...(ticked.length > 0
            ? [
                f('default_printer', 'choice', w('Standarddrucker', 'Default printer'), {
                  look: 'radio',
                  follow_up: true,
                  options: printers.filter((printer) => ticked.includes(printer.value)).map((printer) => ({ ...printer, hint: undefined })),
                }),
              ]
            : []),
        ],
      },
      {
        id: 'handover',
        title: w('Übergabe', 'Handover'),
        standing: 'open',
        fields: [
          f('password', 'choice', w('Wer gibt das erste Kennwort weiter?', 'Who hands over the first password?'), {
            required: true,
            hint: w('Diese Person kann es hier ein einziges Mal ansehen. Es kommt nie per E-Mail.', 'This person can see it here exactly once. It never comes by e-mail.'),
            options: options([['jk', 'Jana Keller'], ['ms', 'Miriam Schuster']]),
          }),
          f('remark', 'long_text', w('Bemerkung', 'Remark'), { max_length: 500 }),
        ],
      },
    ];
    const start = answers['start'];
    const end = answers['end'];
    const rules: Finding[] = [];
    if (is_temporary && typeof end === 'string' && typeof start === 'string' && end <= start) {
      rules.push({ field: 'end', code: 'rule', message: w('Wählen Sie einen Tag nach dem 01.12.2026.', 'Choose a day after 1 December 2026.'), warning: false });
    }
    const day = typeof start === 'string' && /^\d{4}-/.test(start) ? start : null;
    const name = [answers['first_name'], answers['last_name']].filter(Boolean).join(' ') || w('Die neue Person', 'The new person');
    const step = (date: string | null, text: string) => ({ date, text: runs(text) });
    const plan: Plan = {
      opening: [
        runs(
          w(
            `*${name}* bekommt zum *${day === '2026-12-01' ? 'Dienstag, 1. Dezember 2026' : (day ?? 'ersten Arbeitstag')}*, ein Benutzerkonto in der Lohnbuchhaltung, Fulda.`,
            `*${name}* gets a user account in Payroll, Fulda, from *${day === '2026-12-01' ? 'Tuesday, 1 December 2026' : (day ?? 'the first working day')}*.`,
          ),
        ),
      ],
      provider: [
        step(day, w('Konto le.hofmann mit Postfach, 5 Gruppen wie Miriam Schuster', 'Account le.hofmann with mailbox, 5 groups like Miriam Schuster')),
        ...(ticked.length > 0 ? [step(day, w(`${ticked.length} Drucker, Standard FD-1OG-Lohn`, `${ticked.length} printers, default FD-1OG-Lohn`))] : []),
        step(day, w('DATEV: Profil, Cloud-Rechte, EO', 'DATEV: profile, cloud rights, EO')),
        ...(medium === 'smartcard' ? [step('2026-12-02', w('SmartCard, *nach dem ersten Tag*', 'SmartCard, *after the first day*'))] : []),
      ],
      firm: [
        step('2026-11-27', w('DATEV-Konto anlegen, Mitarbeiterdaten in DATEV pflegen', 'Create the DATEV account, enter staff data in DATEV')),
        step(day, w('Kennwort, Schlüssel, beA-Zugang übergeben', 'Hand over password, keys, beA access')),
        ...(medium === 'smartcard' ? [step('2026-12-02', w('SmartCard und PIN übergeben: Petra Holzmann', 'Hand over SmartCard and PIN: Petra Holzmann'))] : []),
      ],
      open: [],
      cost_once_cents: 8500,
      cost_month_cents: 6240,
      lead_time_days: 7,
    };
    return finish(sections, plan, sequence, rules);
  }

  #requests(): RequestView[] {
    const w = (de: string, en: string) => this.#w(de, en);
    const me = { id: 'per_me', name: this.overview.person_name };
    const plan = (opening: string, provider: [string | null, string][], firm: [string | null, string][], once: number, month: number, days: number): Plan => ({
      opening: [runs(opening)],
      provider: provider.map(([date, text]) => ({ date, text: runs(text) })),
      firm: firm.map(([date, text]) => ({ date, text: runs(text) })),
      open: [],
      cost_once_cents: once,
      cost_month_cents: month,
      lead_time_days: days,
    });
    const make = (summary: Partial<RequestSummary> & Pick<RequestSummary, 'id' | 'title' | 'subject'>, rest: Partial<RequestView>, of?: Plan, lines: [string, string][] = []): RequestView => {
      const whole: RequestSummary = {
        number: 'B-1189',
        form: 'user-remote',
        kind: 'change',
        icon: 'remote',
        state: 'waiting',
        due: null,
        created_at: at(20, 14, 10),
        changed_at: at(20, 14, 10),
        requester: { id: 'per_schuster', name: 'Miriam Schuster' },
        tenant_name: 'Berger Holzmann & Partner',
        attachments: rest.attachments?.length ?? 0,
        ...summary,
      };
      return {
        summary: whole,
        effect: 'change',
        revision: 1,
        content_hash: `hash-${whole.id}`,
        form_version: 1,
        document: {
          language: this.overview.language,
          title: whole.title,
          subject: whole.subject,
          due: whole.due,
          sections: [{ title: '', lines: lines.map(([label, value], index) => ({ field: `f${index}`, label, value })) }],
          plan: of ?? empty_plan(),
        },
        attachments: [],
        session: { host: 'TS-FD-03', session: '41', printers: [], print_system: true },
        history: [{ at: whole.created_at, event: 'submitted', person: whole.requester, role: 'staff', text: '' }],
        actions: [],
        answers: {},
        ...rest,
      };
    };
    return [
      make(
        { id: 'req_wendt', title: w('Fernzugriff und/oder ActiveSync einrichten', 'Set up remote access and/or ActiveSync'), subject: 'Tobias Wendt', due: '2026-11-25', approver: me },
        {
          actions: ['decide', 'comment'],
          revision: 3,
          attachments: [{ digest: 'aa', name: 'Bildschirm-1.png', size: 218_000, media_type: 'image/png' }],
        },
        plan(
          w('Tobias Wendt bekommt ab *Mittwoch, 25. November 2026*, Fernzugriff (VPN) mit einem Notebook der Kanzlei, gesichert durch eine App. Er endet am 31. März 2027.', 'Tobias Wendt gets remote access (VPN) from *Wednesday, 25 November 2026*, with a notebook of the firm, secured by an app. It ends on 31 March 2027.'),
          [['2026-11-25', w('Fernzugriff einrichten, bis 12 Uhr', 'Set up remote access by noon')], ['2027-03-31', w('Fernzugriff beenden', 'End remote access')]],
          [['2026-11-25', w('Notebook NB-0231 ausgeben', 'Hand out notebook NB-0231')]],
          2500,
          980,
          1,
        ),
        [
          [w('Fernzugriff bis', 'Remote access until'), '31.03.2027'],
          [w('Gerät', 'Device'), w('Notebook der Kanzlei, NB-0231', 'Notebook of the firm, NB-0231')],
          [w('Zweiter Faktor', 'Second factor'), w('App auf dem Diensthandy', 'App on the work phone')],
          [w('Ziel', 'Target'), w('Nur der Terminalserver', 'The terminal server only')],
        ],
      ),
      make(
        { id: 'req_brandl', number: 'B-1195', icon: 'user-delete', title: w('Benutzer löschen', 'Delete a user'), subject: 'Heike Brandl', due: '2026-11-27', created_at: at(23, 9, 40), requester: { id: 'per_keller', name: 'Jana Keller' } },
        { actions: ['decide', 'comment'], effect: 'delete' },
        plan(
          w('*Heike Brandl* hat bis *Freitag, 27. November 2026, 16 Uhr*, Zugang. Das Konto wird am 29. Dezember 2026 gelöscht.', '*Heike Brandl* has access until *Friday, 27 November 2026, 4 pm*. The account is deleted on 29 December 2026.'),
          [['2026-11-27', w('Zugänge und SmartCard sperren', 'Lock accesses and SmartCard')], ['2026-12-29', w('Konto löschen, Postfach archivieren', 'Delete the account, archive the mailbox')]],
          [['2026-11-27', w('EO-Aufträge umverteilen, Mitarbeiter in EO deaktivieren', 'Redistribute EO work, deactivate in EO')], ['2026-11-27', w('Schlüssel und Karte zurücknehmen', 'Take back keys and card')]],
          4500,
          0,
          2,
        ),
        [
          [w('Neue E-Mails', 'New e-mails'), w('Automatische Antwort', 'Automatic reply')],
          [w('Postfach', 'Mailbox'), w('Archivieren, lesbar für die Kanzleileitung', 'Archive, readable for the management')],
          [w('Dateien', 'Files'), w('an Anke Schulze-Marquardt', 'to Anke Schulze-Marquardt')],
        ],
      ),
      make(
        { id: 'req_neumann', number: 'B-1197', icon: 'rename', title: w('Nachnamen eines Benutzers ändern', 'Change the last name of a user'), subject: 'Julia Neumann', due: '2026-12-01', requester: { id: 'per_neumann', name: 'Julia Neumann' } },
        { actions: ['decide', 'comment'] },
        plan(w('*Julia Neumann* heißt ab *Dienstag, 1. Dezember 2026*, Julia Krämer.', '*Julia Neumann* is called Julia Krämer from *Tuesday, 1 December 2026*.'), [['2026-12-01', w('Namen und Adresse ändern', 'Change name and address')]], [], 0, 0, 1),
      ),
      make(
        { id: 'req_folder', number: 'B-1181', icon: 'folder', title: w('Ordnerrechte ändern', 'Change folder rights'), subject: 'Lars Hofmann', due: '2026-12-04', state: 'returned', requester: { id: 'per_lars', name: 'Lars Hofmann' } },
        { actions: ['decide'] },
      ),
      make(
        { id: 'req_decided', number: 'B-1170', icon: 'user-add', title: w('Neuen Benutzer anlegen', 'Create a new user'), subject: 'Paul Ernst', due: '2026-11-20', state: 'in_progress' },
        {},
      ),
      make(
        { id: 'req_lindner', number: 'B-1164', icon: 'user-add', title: w('Neuen Benutzer anlegen', 'Create a new user'), subject: 'Jonas Lindner', due: '2026-11-24', state: 'in_progress', agent: { id: 'per_reuter', name: 'Anna Reuter' }, requester: me },
        {
          actions: ['comment'],
          history: [
            { at: at(18, 8, 55), event: 'submitted', person: me, role: 'staff', text: '' },
            { at: at(18, 11, 20), event: 'approved', person: { id: 'per_brandt', name: 'Claudia Brandt' }, role: 'approver', text: '' },
            { at: at(20, 15, 2), event: 'taken', person: { id: 'per_reuter', name: 'Anna Reuter' }, role: 'agent', text: '' },
            {
              at: at(20, 15, 12),
              event: 'commented',
              person: { id: 'per_reuter', name: 'Anna Reuter' },
              role: 'agent',
              text: w('Die SmartCard kommt am Mittwoch. Bis dahin geht die Anmeldung mit SmartLogin, die App ist eingerichtet.', 'The SmartCard comes on Wednesday. Until then sign-in works with SmartLogin, the app is set up.'),
            },
          ],
        },
        plan(w('*Jonas Lindner* bekommt zum *Dienstag, 24. November 2026*, ein Benutzerkonto.', '*Jonas Lindner* gets a user account from *Tuesday, 24 November 2026*.'), [['2026-11-24', w('Konto mit Postfach', 'Account with mailbox')]], [['2026-11-24', w('Kennwort übergeben', 'Hand over the password')]], 8500, 6240, 5),
        [[w('Vorname', 'First name'), 'Jonas'], [w('Nachname', 'Last name'), 'Lindner'], [w('Abteilung', 'Department'), w('Rechnungswesen', 'Accounting')]],
      ),
      make(
        { id: 'req_answer', number: 'B-1177', icon: 'user-pause', title: w('Benutzer zeitweise deaktivieren', 'Deactivate a user for a time'), subject: 'Frank Oberländer', due: '2026-12-01', state: 'returned', requester: me },
        {
          actions: ['revise', 'withdraw', 'comment'],
          history: [
            { at: at(19, 13, 47), event: 'submitted', person: me, role: 'staff', text: '' },
            { at: at(19, 15, 2), event: 'returned', person: { id: 'per_berger', name: 'Dr. Thomas Berger' }, role: 'approver', text: w('Ist die Übergabe der Mandate geklärt?', 'Is the handover of the clients settled?') },
          ],
        },
        plan(w('*Frank Oberländer* ist ab *Dienstag, 1. Dezember 2026*, abgemeldet.', '*Frank Oberländer* is signed off from *Tuesday, 1 December 2026*.'), [['2026-12-01', w('Konto sperren', 'Lock the account')]], [], 0, 0, 1),
      ),
      make(
        { id: 'req_scanner', number: 'S-2087', kind: 'support', icon: 'support', title: w('Supportanfrage', 'Support request'), subject: w('Scanner im 1. OG liefert leere Seiten', 'Scanner on the 1st floor delivers empty pages'), state: 'queued', requester: me },
        { actions: ['comment', 'withdraw'] },
        undefined,
        [[w('Was passiert?', 'What happens?'), w('Der Scanner im 1. OG liefert leere Seiten.', 'The scanner on the 1st floor delivers empty pages.')]],
      ),
      make({ id: 'req_pause', number: 'B-1178', icon: 'user-pause', title: w('Benutzer zeitweise deaktivieren', 'Deactivate a user for a time'), subject: 'Sandra Kühn', approver: { id: 'per_berger', name: 'Dr. Thomas Berger' }, requester: me }, { actions: ['withdraw', 'comment'] }),
      make({ id: 'req_old', number: 'S-2050', kind: 'support', icon: 'support', title: w('Supportanfrage', 'Support request'), subject: w('Drucker klemmt', 'Printer is jammed'), state: 'done', requester: me }, { actions: ['comment'] }),
    ];
  }
}

export function example_answers(): Answers {
  return {
    first_name: 'Lena',
    last_name: 'Hofmann',
    department: 'pay',
    site: 'fd',
    start: '2026-12-01',
    role: 'Lohnsachbearbeitung',
    duration: 'temporary',
    end: '2026-11-30',
    like: 'ms',
    logon: 'le.hofmann',
    mail: 'lena.hofmann@kanzlei-berger.example',
    medium: 'smartcard',
    source: 'spectrum',
    receiver: 'ph',
    printers: ['FD-EG', 'FD-1OG'],
    default_printer: 'FD-1OG',
  };
}

function outbox_line(item: string, title: string, subject: string, state: OutboxLine['state']): OutboxLine {
  return {
    item,
    kind: 'submit',
    state,
    title,
    subject,
    stored_at: at(23, 10, 30),
    sent_bytes: 120_000,
    total_bytes: 218_000,
    attempts: 2,
    next_attempt_at: at(23, 10, 45),
    reason: 'hub_unreachable',
    request: null,
    number: null,
  };
}

const empty_plan = (): Plan => ({ opening: [], provider: [], firm: [], open: [], cost_once_cents: 0, cost_month_cents: 0, lead_time_days: 0 });

function fields(answers: Answers) {
  return (id: string, kind: FieldState['kind'], label: string, rest: Partial<FieldState>): FieldState => ({
    id,
    kind,
    label,
    required: false,
    value: answers[id],
    ...none,
    ...rest,
    options: rest.options ?? [],
  });
}

const options = (list: string[][]) => list.map(([value = '', label = '', hint]) => ({ value, label, hint, locked: false }));

/** `*strong*` words. */
function runs(text: string): Run[] {
  return text
    .split('*')
    .map((part, index) => ({ text: part, strong: index % 2 === 1 }))
    .filter((run) => run.text !== '');
}

function finish(sections: SectionState[], plan: Plan, sequence: number, rules: Finding[]): FormState {
  const all = sections.flatMap((section) => section.fields);
  const missing = all
    .filter((field) => field.required && (field.value === undefined || field.value === ''))
    .map<Finding>((field) => ({ field: field.id, code: 'required', message: '', warning: false }));
  const dates = all
    .filter((field) => field.kind === 'date' && typeof field.value === 'string' && !/^\d{4}-\d\d-\d\d$/.test(field.value))
    .map<Finding>((field) => ({ field: field.id, code: 'not_a_date', message: '', warning: false }));
  const place = (finding: Finding) => all.findIndex((field) => field.id === finding.field);
  const findings = [...missing, ...dates, ...rules].sort((a, b) => place(a) - place(b));
  const standing = (section: SectionState): Standing => {
    const own = findings.filter((finding) => section.fields.some((field) => field.id === finding.field));
    if (own.some((finding) => finding.code !== 'required')) return 'wrong';
    return own.length > 0 ? 'open' : 'complete';
  };
  const label = (id: string) => all.find((field) => field.id === id)?.label ?? id;
  return {
    sequence,
    sections: sections.map((section) => ({ ...section, standing: standing(section) })),
    findings,
    watched: [],
    plan: { ...plan, open: findings.map((finding) => label(finding.field)) },
    complete: findings.length === 0,
  };
}
