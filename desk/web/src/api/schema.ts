// Generated from docs/openapi.yaml by npm run types; do not edit.
export interface components {
    schemas: {
        Abandon: {
            abandoned: number;
            answered: number;
            begins?: string;
            ends?: string;
            limit: number;
            rate: number;
        };
        Absence: {
            group?: string;
            minutes: number;
            then: "pool" | "group" | "next-shift" | "supervisor";
        };
        AbsenceDraft: {
            group?: string;
            minutes: number;
            then: "pool" | "group" | "next-shift" | "supervisor";
        };
        Accept: {
            number?: string;
        };
        Agent: {
            call_id?: string;
            campaigns: string[];
            id: string;
            name: string;
            next: boolean;
            node?: string;
            phone: components["schemas"]["Phone"];
            reason?: string;
            since: string;
            state: "signed-out" | "not-ready" | "ready" | "offered" | "preview" | "on-call" | "wrap-up" | "supervising";
            supervision?: components["schemas"]["Supervision"];
        };
        AgentBoard: {
            at: string;
            call_id?: string;
            calls: number;
            campaigns: string[];
            hit_ratio: number;
            id: string;
            mean_wait_seconds: number;
            name: string;
            next: boolean;
            node?: string;
            phone: components["schemas"]["Phone"];
            reason?: string;
            results: {
                [key: string]: number;
            };
            seconds: {
                [key: string]: number;
            };
            signed_in_at: string;
            since: string;
            state: "signed-out" | "not-ready" | "ready" | "offered" | "preview" | "on-call" | "wrap-up" | "supervising";
            supervision?: components["schemas"]["Supervision"];
            utilisation: number;
            wait: components["schemas"]["Wait"];
        };
        Agents: {
            agents: components["schemas"]["Agent"][];
        };
        Attempt: {
            agent?: string;
            at: string;
            disposition?: string;
            number: string;
            result: string;
        };
        AudioEnvelope: {
            attack_ms: number;
            decay_ms: number;
            partials: number[];
            release_ms: number;
        };
        AudioNote: {
            gap_ms: number;
            hz: number;
            ms: number;
            with_hz?: number[];
        };
        AudioSheet: {
            envelope: components["schemas"]["AudioEnvelope"];
            events: {
                [key: string]: string;
            };
            tones: {
                [key: string]: components["schemas"]["AudioTone"];
            };
            volume: number;
        };
        AudioTone: {
            name: string;
            notes: components["schemas"]["AudioNote"][];
            peak: number;
            sounds: string;
        };
        AuditEntry: {
            agent?: string;
            agent_name?: string;
            by: string;
            by_name: string;
            call?: string;
            campaign?: string;
            file?: string;
            from: string;
            id: string;
            kind: "listen" | "whisper" | "barge" | "take-over" | "end-call" | "sign-out" | "play-recording" | "delete-recording" | "import";
            record?: string;
            recording?: string;
            to?: string;
            why?: string;
        };
        AuditLog: {
            entries: components["schemas"]["AuditEntry"][];
        };
        BoardEvent: {
            at: string;
            data?: components["schemas"]["Wallboard"] | components["schemas"]["AgentBoard"] | components["schemas"]["CampaignBoard"] | components["schemas"]["Run"] | components["schemas"]["Dialing"] | components["schemas"]["Course"] | components["schemas"]["LiveCall"] | components["schemas"]["CallOver"] | components["schemas"]["RecordingFailure"];
            kind: "snapshot" | "resumed" | "agent" | "campaign" | "run" | "dialing" | "course" | "call" | "recording-failed" | "hidden";
            seq: number;
            stream?: string;
        };
        Calendar: {
            works: components["schemas"]["Work"][];
        };
        Call: {
            agent: string;
            allowed: string[];
            answer_by?: string;
            answered_at?: string;
            callback?: components["schemas"]["Verdict"];
            caller_id?: string;
            campaign: string;
            cause?: string;
            digits?: {
                [key: string]: string;
            };
            disposition?: string;
            ended_at?: string;
            from?: string;
            from_name?: string;
            handed_to?: string;
            handed_to_name?: string;
            id: string;
            note?: string;
            number?: string;
            offer?: "consult" | "invite" | "transfer";
            origin: "campaign" | "callback" | "personal-callback" | "transfer" | "manual";
            parties: components["schemas"]["Party"][];
            problem?: string;
            promise?: components["schemas"]["Promise"];
            read_only?: boolean;
            record: components["schemas"]["Record"];
            recording?: components["schemas"]["Recording"];
            result?: string;
            rules?: components["schemas"]["CampaignRules"];
            since: string;
            state: "previewing" | "agent-ringing" | "returning" | "dialing" | "ringing" | "talking" | "held" | "consult-ringing" | "consulting" | "alternated" | "inviting" | "conference" | "transferring" | "referring" | "handing-over" | "parting" | "rescuing" | "ending" | "wrap-up" | "closing" | "closed" | "offered" | "joined";
            undo?: components["schemas"]["Undo"];
        };
        CallbackCancel: {
            why?: string;
        };
        CallbackHandOver: {
            to: string;
        };
        CallbackMove: {
            when: components["schemas"]["LocalTime"];
            why?: string;
        };
        CallbackRules: {
            absent: components["schemas"]["Absence"];
            groups: string[];
            horizon_seconds: number;
            kind: "personal" | "pool";
            next_shift: boolean;
            note_length: number;
            slot_limit: number;
            slot_minutes: number;
            time_zone: string;
        };
        Callbacks: {
            callbacks: components["schemas"]["Promise"][];
            more: boolean;
        };
        CallOver: {
            id: string;
            state: "over";
        };
        Campaign: {
            callback: components["schemas"]["CallbackRules"];
            disposition_required: boolean;
            dispositions: components["schemas"]["Disposition"][];
            fields?: components["schemas"]["Field"][];
            finished: number;
            id: string;
            later?: number;
            mode: "preview" | "progressive" | "predictive" | "power" | "agentless";
            name: string;
            out: number;
            privileges: string[];
            promised: number;
            state: "running" | "stopped" | "exhausted";
            waiting: number;
        };
        CampaignBoard: {
            abandon: components["schemas"]["Abandon"];
            agent_wait: components["schemas"]["Wait"];
            agents: {
                [key: string]: number;
            };
            attempts: number;
            callbacks_due: number;
            contact_wait: components["schemas"]["Wait"];
            from: string;
            hit_ratio: number;
            id: string;
            list: components["schemas"]["List"];
            mode: "preview" | "progressive" | "predictive" | "power" | "agentless";
            name: string;
            placed?: components["schemas"]["Placed"];
            queue_wait: components["schemas"]["Wait"];
            results: {
                [key: string]: number;
            };
            running: boolean;
            stored_at?: string;
            utilisation: number;
        };
        CampaignDays: {
            days: components["schemas"]["Day"][];
        };
        CampaignFigures: {
            days: components["schemas"]["DayFigures"][];
            percentiles?: components["schemas"]["WaitPercentiles"];
        };
        CampaignRules: {
            callback: components["schemas"]["CallbackRules"];
            disposition_required: boolean;
            dispositions: components["schemas"]["Disposition"][];
            fields?: components["schemas"]["Field"][];
            name: string;
            privileges: string[];
        };
        Campaigns: {
            campaigns: components["schemas"]["Campaign"][];
        };
        CampaignStart: {
            why?: string;
        };
        CampaignStop: {
            hold?: boolean;
            why?: string;
        };
        Cancel: {
            undo?: boolean;
        };
        Channels: {
            emails: components["schemas"]["EmailAddress"][];
            links: components["schemas"]["Link"][];
            templates: components["schemas"]["Template"][];
            webhooks: components["schemas"]["Webhook"][];
        };
        Clock: {
            at: string;
            hour?: "earlier" | "later";
            offset: string;
            weekday: string;
            zone: string;
        };
        Connect: {
            again?: boolean;
        };
        Contact: {
            agent?: string;
            attempts: number;
            campaign: string;
            disposition?: string;
            last_at?: string;
            name?: string;
            numbers: string[];
            record: string;
            state: "ready" | "waiting" | "out" | "promised" | "closed";
        };
        ContactReached: {
            how?: string;
            number: string;
        };
        Contacts: {
            contacts: components["schemas"]["Contact"][];
        };
        Course: {
            at: string;
            campaign: string;
            step_seconds: number;
            steps: components["schemas"]["CourseStep"][];
        };
        CourseStep: {
            abandoned: number;
            agent_wait_seconds?: number;
            answered: number;
            attempts: number;
            contact_wait_seconds?: number;
            from: string;
            utilisation?: number;
        };
        Day: {
            date: string;
            dispositions: {
                [key: string]: number;
            };
            results: {
                [key: string]: number;
            };
            since?: string;
            undialed: {
                [key: string]: number;
            };
        };
        DayFigures: {
            abandoned: number;
            agent_wait_seconds: number;
            agent_waits: number;
            agents: {
                [key: string]: components["schemas"]["Figures"];
            };
            answered: number;
            attempts: number;
            callbacks_kept: number;
            callbacks_promised: number;
            calls: number;
            campaign: string;
            contact_wait_seconds: number;
            contact_waits: number;
            date: string;
            dispositions: {
                [key: string]: number;
            };
            hit_ratio: number;
            percentiles?: components["schemas"]["WaitPercentiles"];
            queue_wait_seconds: number;
            queue_waits: number;
            results: {
                [key: string]: number;
            };
            talk_seconds: number;
            wrap_up_seconds: number;
        };
        Dialing: {
            abandon_limit: number;
            abandoned: number;
            answer_rate: number;
            budget: number;
            busy: number;
            by?: string;
            by_name?: string;
            campaign: string;
            configured: "progressive" | "predictive" | "power" | "agentless";
            in_effect: "progressive" | "predictive" | "power" | "agentless";
            in_flight: number;
            kept: number;
            limit?: "risk" | "wall" | "ready" | "guard" | "lines" | "no-agent";
            live: number;
            mode: "progressive" | "predictive" | "power" | "agentless";
            period_ends: string;
            ready: number;
            running: boolean;
            since?: string;
            waiting: number;
            why?: string;
        };
        Disposition: {
            code: string;
            groups?: string[];
            name: string;
        };
        DispositionChoice: {
            disposition: string;
        };
        Done: {
            disposition?: string;
            note?: string;
            stop?: boolean;
            undo?: boolean;
        };
        DoNotCall: {
            scope: "number" | "chain";
        };
        Draft: {
            absent?: components["schemas"]["AbsenceDraft"];
            kind?: "personal" | "pool";
            note?: string;
            number?: string;
            when: components["schemas"]["LocalTime"];
        };
        DraftProblem: {
            choices?: components["schemas"]["Clock"][];
            code: string;
            field: string;
            message: string;
        };
        DTMF: {
            digits: string;
            party?: string;
        };
        EmailAddress: {
            address: string;
            field: string;
            problem?: string;
            usable: boolean;
        };
        EmailChoice: {
            template: string;
            to?: string;
        };
        EmailDraft: {
            editable: boolean;
            html?: string;
            id: string;
            subject: string;
            template: string;
            text: string;
            to: string;
        };
        EmailToSend: {
            id: string;
            subject: string;
            template: string;
            text: string;
            to: string;
        };
        Event: {
            at: string;
            data?: components["schemas"]["Snapshot"] | components["schemas"]["Agent"] | components["schemas"]["Call"] | components["schemas"]["Campaign"] | components["schemas"]["Tone"];
            kind: "snapshot" | "resumed" | "agent" | "call" | "campaign" | "tone";
            seq: number;
            stream?: string;
        };
        Fault: {
            location?: string;
            message: string;
        };
        Field: {
            editable: boolean;
            label: string;
            name: string;
        };
        FieldValue: {
            value: string;
        };
        Figures: {
            abandoned: number;
            agent_wait_seconds: number;
            agent_waits: number;
            answered: number;
            attempts: number;
            callbacks_kept: number;
            callbacks_promised: number;
            calls: number;
            contact_wait_seconds: number;
            contact_waits: number;
            dispositions: {
                [key: string]: number;
            };
            hit_ratio: number;
            percentiles?: components["schemas"]["WaitPercentiles"];
            queue_wait_seconds: number;
            queue_waits: number;
            results: {
                [key: string]: number;
            };
            talk_seconds: number;
            wrap_up_seconds: number;
        };
        FileProblem: {
            code: string;
            hint?: string;
            line?: number;
            message: string;
        };
        FoundTarget: {
            available: boolean;
            contact?: boolean;
            favourite?: boolean;
            for: ("consult" | "invite" | "transfer")[];
            groups?: string[];
            id?: string;
            kind: "agent" | "group" | "queue" | "number";
            name?: string;
            number?: string;
            ready?: number;
            refused?: string;
            since?: string;
            state?: "signed-out" | "not-ready" | "ready" | "offered" | "preview" | "on-call" | "wrap-up";
            type?: string;
            used_at?: string;
            why?: string;
        };
        Hand: {
            agent: string;
            done?: string;
            from?: string;
            until?: string;
            wait?: number;
        };
        Happening: {
            due: string;
            event: string;
            id: string;
            kind: "personal" | "pool";
            note?: string;
            state: string;
            text?: string;
        };
        Health: {
            status: "alive" | "ready";
            version?: string;
        };
        Import: {
            already?: boolean;
            by: string;
            by_name?: string;
            bytes: number;
            campaign?: string;
            cancelled_by?: string;
            dry_run: boolean;
            ended?: string;
            ends?: string;
            file: string;
            first: components["schemas"]["Row"][];
            has_rejects: boolean;
            id: string;
            kind: "contacts" | "do-not-call";
            known: number;
            problem?: string;
            rate: number;
            reasons: {
                [key: string]: number;
            };
            rejected: number;
            rejects_lost?: boolean;
            resumed_at?: number;
            rows: number;
            started: string;
            state: "running" | "finished" | "cancelled" | "interrupted" | "failed";
            taken: number;
            total_bytes: number;
        };
        Imports: {
            imports: components["schemas"]["Import"][];
            max_upload: number;
        };
        Link: {
            name: string;
            url: string;
        };
        List: {
            closed: number;
            done_at?: string;
            filtered: number;
            out: number;
            penetration: number;
            promised: number;
            ready: number;
            total: number;
            waiting: number;
        };
        LiveCall: {
            agent: string;
            agent_name: string;
            allowed: string[];
            answered_at?: string;
            campaign: string;
            id: string;
            name: string;
            number?: string;
            origin: "campaign" | "callback" | "personal-callback" | "transfer" | "manual";
            record: string;
            recording?: "off" | "recording" | "paused" | "waiting" | "failed";
            recording_problem?: string;
            since: string;
            state: string;
        };
        LiveCalls: {
            calls: components["schemas"]["LiveCall"][];
        };
        LocalTime: {
            at: string;
            hour?: "earlier" | "later";
            zone: string;
        };
        Message: {
            agent: string;
            at: string;
            attempts: number;
            call: string;
            campaign: string;
            id: string;
            kind: "email" | "webhook";
            perhaps_delivered?: boolean;
            perhaps_twice?: boolean;
            problem?: string;
            queued: string;
            record: string;
            state: "queued" | "sending" | "sent" | "failed";
            title: string;
            to: string;
        };
        Messages: {
            messages: components["schemas"]["Message"][];
        };
        Meta: {
            agent: string;
            call: string;
            campaign: string;
            channels: "stereo" | "mono";
            ended?: string;
            file?: string;
            id: string;
            kind: "conversation" | "consultation";
            milliseconds?: number;
            name?: string;
            node: string;
            number?: string;
            part: number;
            pauses?: components["schemas"]["Pause"][];
            problem?: string;
            record: string;
            size?: number;
            started: string;
            state: "recording" | "collecting" | "stored" | "lost";
            tracks?: components["schemas"]["Track"][];
            upload?: components["schemas"]["Upload"];
            with?: string;
        };
        Miss: {
            all: number;
            noticed: string;
            times: string[];
        };
        ModeChoice: {
            mode: "progressive" | "predictive" | "power";
            why?: string;
        };
        Note: {
            note: string;
        };
        NotReady: {
            reason?: string;
        };
        Number: {
            do_not_call?: boolean;
            number: string;
            type?: string;
        };
        Party: {
            agent?: string;
            allowed?: string[];
            id: string;
            muted?: boolean;
            name?: string;
            role: "contact" | "target";
            state: "offered" | "dialing" | "ringing" | "talking" | "on-hold" | "gone";
        };
        PastCall: {
            abandoned?: boolean;
            agent?: string;
            answered?: string;
            attempt: number;
            call: string;
            callback?: string;
            caller_id?: string;
            campaign: string;
            created?: string;
            dialed?: string;
            disposition?: string;
            done?: string;
            ended?: string;
            ending: "closed" | "rejected" | "cancelled" | "released" | "unanswered" | "lost";
            gave_up?: string;
            hands?: components["schemas"]["Hand"][];
            hang_up?: "contact" | "agent" | "server" | "network";
            id?: string;
            joined?: string;
            last: boolean;
            machine?: boolean;
            mode: string;
            number?: string;
            origin: "campaign" | "callback" | "personal-callback" | "transfer" | "manual";
            promised?: string;
            q850?: number;
            rang?: string;
            record: string;
            recordings?: string[];
            result?: string;
            sip?: number;
        };
        PastCalls: {
            calls: components["schemas"]["PastCall"][];
            more: boolean;
        };
        Pause: {
            from: string;
            to?: string;
        };
        Percentiles: {
            p50_seconds: number;
            p90_seconds: number;
            p99_seconds: number;
        };
        Phone: {
            endpoint: string;
            kind: "sip" | "page" | "endpoint" | "none";
            leg: "nailed-up" | "per-call";
            problem?: string;
            state: "disconnected" | "ringing" | "connected";
        };
        PhoneCredentials: {
            password: string;
            registrar?: string;
            username: string;
            websocket?: string;
        };
        Placed: {
            announcing: number;
            detecting: number;
            dialing: number;
            message: number;
            ringing: number;
            waiting: number;
            waiting_since?: string;
        };
        Problem: {
            allowed?: string[];
            code: string;
            detail?: string;
            errors?: components["schemas"]["Fault"][];
            file?: components["schemas"]["FileProblem"];
            privilege?: string;
            request_id?: string;
            retry_after?: number;
            state?: string;
            status: number;
            title: string;
            type: string;
            verdict?: components["schemas"]["Verdict"];
        };
        Promise: {
            absent?: components["schemas"]["Absence"];
            agent?: string;
            agent_name?: string;
            allowed: string[];
            by: string;
            by_name: string;
            call: string;
            campaign: string;
            due: string;
            holder: string;
            holder_name: string;
            id: string;
            kind: "personal" | "pool";
            late_seconds?: number;
            ledger?: components["schemas"]["PromiseEvent"][];
            made: string;
            name?: string;
            note?: string;
            number: string;
            owner?: string;
            queue?: "owner" | "group" | "pool" | "supervisor";
            record: string;
            refusals: number;
            since: string;
            state: "waiting" | "due" | "offered" | "kept" | "handed-over" | "cancelled" | "superseded" | "expired";
            why?: "campaign-stopped" | "supervisor" | "owner-busy" | "owner-absent" | "nobody-ready" | "refused";
            zone: string;
        };
        PromiseEvent: {
            at: string;
            by?: string;
            by_name?: string;
            kind: string;
            text?: string;
        };
        Reasons: {
            reasons: string[];
        };
        Record: {
            fields: {
                [key: string]: string;
            };
            history: components["schemas"]["Attempt"][];
            id: string;
            name: string;
            numbers: components["schemas"]["Number"][];
            time_zone?: string;
        };
        Recording: {
            allowed: string[];
            problem?: string;
            state: "off" | "recording" | "paused" | "waiting" | "failed";
        };
        RecordingFailure: {
            agent: string;
            agent_name: string;
            at: string;
            call: string;
            campaign: string;
            problem: string;
        };
        Recordings: {
            recordings: components["schemas"]["Meta"][];
        };
        Reject: {
            reason?: string;
        };
        Row: {
            code: string;
            columns: string[];
            line: number;
            reason: string;
        };
        Run: {
            by?: string;
            by_name?: string;
            campaign: string;
            held: boolean;
            log: components["schemas"]["Switch"][];
            running: boolean;
            since?: string;
            why?: string;
        };
        Script: {
            intro: string;
            path: string[];
            steps: components["schemas"]["ScriptStep"][];
            title: string;
        };
        ScriptAnswer: {
            label: string;
            next: string;
            value: string;
        };
        ScriptReply: {
            value: string;
        };
        ScriptStep: {
            answer?: string;
            answers: components["schemas"]["ScriptAnswer"][];
            html: string;
            id: string;
            key: string;
            title: string;
        };
        Session: {
            agent: string;
            ends: string;
            expires: string;
            name: string;
            privileges: string[];
            role: "agent" | "supervisor" | "admin";
            token?: string;
        };
        SignIn: {
            agent: string;
            cookie?: boolean;
            password: string;
        };
        Slot: {
            agent: components["schemas"]["Clock"];
            at: string;
            contact: components["schemas"]["Clock"][];
            when: components["schemas"]["LocalTime"];
        };
        Snapshot: {
            agent: components["schemas"]["Agent"];
            call?: components["schemas"]["Call"];
            campaigns: components["schemas"]["Campaign"][];
        };
        Supervise: {
            agent?: string;
            call?: string;
            mode: "listen" | "whisper" | "barge";
        };
        Supervision: {
            agent: string;
            call?: string;
            follows: "agent" | "call";
            mode: "listen" | "whisper" | "barge";
            problem?: string;
            since: string;
            state: "waiting" | "connecting" | "connected";
        };
        Switch: {
            at: string;
            by?: string;
            by_name?: string;
            held?: boolean;
            running: boolean;
            why?: string;
        };
        Target: {
            id?: string;
            kind: "agent" | "group" | "queue" | "number";
            number?: string;
        };
        Targets: {
            targets: components["schemas"]["FoundTarget"][];
        };
        Template: {
            editable: boolean;
            id: string;
            name: string;
        };
        Timeline: {
            contact: components["schemas"]["Contact"];
            entries: components["schemas"]["TimelineEntry"][];
            more: boolean;
        };
        TimelineEntry: {
            agent?: string;
            agent_name?: string;
            at: string;
            attempt?: components["schemas"]["PastCall"];
            call?: string;
            callback?: components["schemas"]["Happening"];
            id: string;
            kind: "attempt" | "call" | "note" | "callback" | "message" | "recording";
            message?: components["schemas"]["Message"];
            note?: components["schemas"]["WrittenNote"];
            recording?: components["schemas"]["Meta"];
        };
        Tone: {
            event: string;
        };
        Track: {
            channel: number;
            ended?: string;
            leg: string;
            name: string;
            started?: string;
        };
        Undo: {
            until: string;
            what: "done" | "cancel" | "do-not-call";
        };
        Upload: {
            bucket: string;
            confirmed?: string;
            object: string;
            only?: boolean;
            problem?: string;
            state: "waiting" | "uploaded";
            tries?: number;
        };
        Verdict: {
            agent?: components["schemas"]["Clock"];
            contact: components["schemas"]["Clock"][];
            draft: components["schemas"]["Draft"];
            due?: string;
            problems: components["schemas"]["DraftProblem"][];
            slots: components["schemas"]["Slot"][];
        };
        Wait: {
            mean_seconds: number;
            p50_seconds: number;
            p90_seconds: number;
            p99_seconds: number;
            times: number;
            worst_seconds: number;
        };
        WaitPercentiles: {
            agent_wait: components["schemas"]["Percentiles"];
            contact_wait: components["schemas"]["Percentiles"];
            queue_wait: components["schemas"]["Percentiles"];
        };
        Wallboard: {
            agents: components["schemas"]["AgentBoard"][];
            at: string;
            calls: components["schemas"]["LiveCall"][];
            campaigns: components["schemas"]["CampaignBoard"][];
            courses: components["schemas"]["Course"][];
            dialings: components["schemas"]["Dialing"][];
            runs: components["schemas"]["Run"][];
        };
        Webhook: {
            id: string;
            name: string;
            text?: string;
        };
        WebhookToSend: {
            id: string;
        };
        Work: {
            campaign: string;
            last?: components["schemas"]["WorkRun"];
            missed?: components["schemas"]["Miss"];
            next?: components["schemas"]["WorkTime"];
            schedule: string;
            work: "open" | "close" | "day" | "forget" | "recycle" | "trim";
            zone: string;
        };
        WorkRun: {
            attempt: number;
            began: string;
            due: string;
            error?: string;
        };
        WorkTime: {
            at: string;
            running: boolean;
        };
        WrittenNote: {
            disposition?: string;
            text: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export interface routes {
    "GET /api/v1/agent": { body: undefined; answer: components["schemas"]["Agent"] };
    "POST /api/v1/agent/not-ready": { body: components["schemas"]["NotReady"]; answer: components["schemas"]["Agent"] };
    "GET /api/v1/agent/phone": { body: undefined; answer: components["schemas"]["PhoneCredentials"] };
    "POST /api/v1/agent/phone": { body: components["schemas"]["Connect"]; answer: components["schemas"]["Agent"] };
    "DELETE /api/v1/agent/phone": { body: undefined; answer: components["schemas"]["Agent"] };
    "POST /api/v1/agent/ready": { body: undefined; answer: components["schemas"]["Agent"] };
    "GET /api/v1/agents": { body: undefined; answer: components["schemas"]["Agents"] };
    "POST /api/v1/agents/{id}/sign-out": { body: undefined; answer: undefined };
    "GET /api/v1/audit": { body: undefined; answer: components["schemas"]["AuditLog"] };
    "GET /api/v1/calendar": { body: undefined; answer: components["schemas"]["Calendar"] };
    "GET /api/v1/callbacks": { body: undefined; answer: components["schemas"]["Callbacks"] };
    "GET /api/v1/callbacks/export.csv": { body: undefined; answer: undefined };
    "POST /api/v1/callbacks/reached": { body: components["schemas"]["ContactReached"]; answer: components["schemas"]["Callbacks"] };
    "GET /api/v1/calls/{id}": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/accept": { body: components["schemas"]["Accept"]; answer: components["schemas"]["Call"] };
    "PUT /api/v1/calls/{id}/callback": { body: components["schemas"]["Draft"]; answer: components["schemas"]["Call"] };
    "DELETE /api/v1/calls/{id}/callback": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/callback/check": { body: components["schemas"]["Draft"]; answer: components["schemas"]["Verdict"] };
    "POST /api/v1/calls/{id}/cancel": { body: components["schemas"]["Cancel"]; answer: components["schemas"]["Call"] };
    "GET /api/v1/calls/{id}/channels": { body: undefined; answer: components["schemas"]["Channels"] };
    "POST /api/v1/calls/{id}/complete": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/consult": { body: components["schemas"]["Target"]; answer: components["schemas"]["Call"] };
    "PUT /api/v1/calls/{id}/disposition": { body: components["schemas"]["DispositionChoice"]; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/do-not-call": { body: components["schemas"]["DoNotCall"]; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/done": { body: components["schemas"]["Done"]; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/dtmf": { body: components["schemas"]["DTMF"]; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/emails": { body: components["schemas"]["EmailToSend"]; answer: components["schemas"]["Message"] };
    "POST /api/v1/calls/{id}/emails/draft": { body: components["schemas"]["EmailChoice"]; answer: components["schemas"]["EmailDraft"] };
    "POST /api/v1/calls/{id}/end": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/end-consult": { body: undefined; answer: components["schemas"]["Call"] };
    "PUT /api/v1/calls/{id}/fields/{key}": { body: components["schemas"]["FieldValue"]; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/hold": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/invite": { body: components["schemas"]["Target"]; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/leave": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/merge": { body: undefined; answer: components["schemas"]["Call"] };
    "GET /api/v1/calls/{id}/messages": { body: undefined; answer: components["schemas"]["Messages"] };
    "PUT /api/v1/calls/{id}/note": { body: components["schemas"]["Note"]; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/parties/{party}/drop": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/parties/{party}/mute": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/parties/{party}/unmute": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/record-pause": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/record-resume": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/record-start": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/record-stop": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/reject": { body: components["schemas"]["Reject"]; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/resume": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/retrieve": { body: undefined; answer: components["schemas"]["Call"] };
    "GET /api/v1/calls/{id}/script": { body: undefined; answer: components["schemas"]["Script"] };
    "PUT /api/v1/calls/{id}/script/answers/{step}": { body: components["schemas"]["ScriptReply"]; answer: components["schemas"]["Script"] };
    "POST /api/v1/calls/{id}/swap": { body: undefined; answer: components["schemas"]["Call"] };
    "GET /api/v1/calls/{id}/targets": { body: undefined; answer: components["schemas"]["Targets"] };
    "GET /api/v1/calls/{id}/timeline": { body: undefined; answer: components["schemas"]["Timeline"] };
    "POST /api/v1/calls/{id}/transfer": { body: components["schemas"]["Target"]; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/undo": { body: undefined; answer: components["schemas"]["Call"] };
    "POST /api/v1/calls/{id}/webhooks/{webhook}": { body: components["schemas"]["WebhookToSend"]; answer: components["schemas"]["Message"] };
    "GET /api/v1/campaigns": { body: undefined; answer: components["schemas"]["Campaigns"] };
    "GET /api/v1/campaigns/{campaign}/callbacks/{id}": { body: undefined; answer: components["schemas"]["Promise"] };
    "POST /api/v1/campaigns/{campaign}/callbacks/{id}/cancel": { body: components["schemas"]["CallbackCancel"]; answer: components["schemas"]["Promise"] };
    "POST /api/v1/campaigns/{campaign}/callbacks/{id}/hand-over": { body: components["schemas"]["CallbackHandOver"]; answer: components["schemas"]["Promise"] };
    "POST /api/v1/campaigns/{campaign}/callbacks/{id}/move": { body: components["schemas"]["CallbackMove"]; answer: components["schemas"]["Promise"] };
    "POST /api/v1/campaigns/{campaign}/callbacks/{id}/release": { body: undefined; answer: components["schemas"]["Promise"] };
    "GET /api/v1/campaigns/{campaign}/calls": { body: undefined; answer: components["schemas"]["PastCalls"] };
    "GET /api/v1/campaigns/{campaign}/course": { body: undefined; answer: components["schemas"]["Course"] };
    "GET /api/v1/campaigns/{campaign}/days": { body: undefined; answer: components["schemas"]["CampaignDays"] };
    "GET /api/v1/campaigns/{campaign}/dialing": { body: undefined; answer: components["schemas"]["Dialing"] };
    "GET /api/v1/campaigns/{campaign}/figures": { body: undefined; answer: components["schemas"]["CampaignFigures"] };
    "PUT /api/v1/campaigns/{campaign}/mode": { body: components["schemas"]["ModeChoice"]; answer: components["schemas"]["Dialing"] };
    "GET /api/v1/campaigns/{campaign}/run": { body: undefined; answer: components["schemas"]["Run"] };
    "POST /api/v1/campaigns/{campaign}/start": { body: components["schemas"]["CampaignStart"]; answer: components["schemas"]["Run"] };
    "POST /api/v1/campaigns/{campaign}/stop": { body: components["schemas"]["CampaignStop"]; answer: components["schemas"]["Run"] };
    "POST /api/v1/campaigns/{id}/get-record": { body: undefined; answer: components["schemas"]["Call"] };
    "GET /api/v1/contacts": { body: undefined; answer: components["schemas"]["Contacts"] };
    "GET /api/v1/contacts/{campaign}/{record}/timeline": { body: undefined; answer: components["schemas"]["Timeline"] };
    "PUT /api/v1/favourites/{kind}/{target}": { body: undefined; answer: undefined };
    "DELETE /api/v1/favourites/{kind}/{target}": { body: undefined; answer: undefined };
    "GET /api/v1/imports": { body: undefined; answer: components["schemas"]["Imports"] };
    "POST /api/v1/imports": { body: Blob; answer: components["schemas"]["Import"] };
    "GET /api/v1/imports/{id}": { body: undefined; answer: components["schemas"]["Import"] };
    "POST /api/v1/imports/{id}/cancel": { body: undefined; answer: components["schemas"]["Import"] };
    "GET /api/v1/imports/{id}/rejects": { body: undefined; answer: undefined };
    "GET /api/v1/live-calls": { body: undefined; answer: components["schemas"]["LiveCalls"] };
    "POST /api/v1/live-calls/{id}/end": { body: undefined; answer: components["schemas"]["LiveCall"] };
    "GET /api/v1/not-ready-reasons": { body: undefined; answer: components["schemas"]["Reasons"] };
    "GET /api/v1/recordings": { body: undefined; answer: components["schemas"]["Recordings"] };
    "GET /api/v1/recordings/{id}": { body: undefined; answer: components["schemas"]["Meta"] };
    "DELETE /api/v1/recordings/{id}": { body: undefined; answer: undefined };
    "GET /api/v1/recordings/{id}/audio": { body: undefined; answer: undefined };
    "GET /api/v1/session": { body: undefined; answer: components["schemas"]["Session"] };
    "POST /api/v1/session": { body: components["schemas"]["SignIn"]; answer: components["schemas"]["Session"] };
    "DELETE /api/v1/session": { body: undefined; answer: undefined };
    "PUT /api/v1/supervision": { body: components["schemas"]["Supervise"]; answer: components["schemas"]["Agent"] };
    "DELETE /api/v1/supervision": { body: undefined; answer: components["schemas"]["Agent"] };
    "POST /api/v1/supervision/take-over": { body: undefined; answer: components["schemas"]["Call"] };
    "GET /api/v1/targets": { body: undefined; answer: components["schemas"]["Targets"] };
    "GET /api/v1/tones": { body: undefined; answer: components["schemas"]["AudioSheet"] };
    "GET /api/v1/wallboard": { body: undefined; answer: components["schemas"]["Wallboard"] };
}
