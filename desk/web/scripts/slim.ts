// Leaves out of JsSIP, as it is built into the page, what the page has no use for: its log, which nobody reads in a browser; the grammar's words on
// why something is not SIP, which JsSIP throws away; the grammar's rules for what JsSIP does not parse; and subscriptions (RFC 6665), which no phone
// of hasshin makes or takes. Whatever is not as it is expected fails the build, so that a new JsSIP is looked at: `npx vitest run src/phone/slim.test.ts`
// compares what is left of the grammar with the whole.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor, type ESTree, type Plugin } from 'vite';

const library = dirname(fileURLToPath(import.meta.resolve('jssip')));
/** What no phone of hasshin needs. A request of theirs is refused with 405, since nobody listens for it. */
const unused = ['Subscriber.js', 'Notifier.js'];

export function slimJsSip(): Plugin {
  /** What has yet to come. */
  const left = new Set([...unused, 'JsSIP.js', 'Grammar.js', 'UA.js', 'RTCSession.js', 'package.json']);
  return {
    name: 'slim-jssip',
    apply: 'build',
    load(id) {
      // JsSIP wants to know its name and version. All the rest of its package.json would be part of the page.
      if (id !== join(library, '../package.json')) return;
      left.delete('package.json');
      const { title, version } = JSON.parse(readFileSync(id, 'utf8')) as Record<string, string>;
      return JSON.stringify({ title, version });
    },
    transform(code, id) {
      if (!id.startsWith(library)) return;
      const file = id.slice(library.length + 1);
      left.delete(file);
      if (file === 'JsSIP.js') {
        expect(code.includes("const UA = require('./UA');"), file, 'has its UA from elsewhere');
        return "module.exports = { UA: require('./UA') };"; // the page takes nothing else
      }
      if (unused.includes(file)) return 'module.exports = undefined;';
      return file === 'Grammar.js' ? slimGrammar(code, rulesOf(sources())) : silent(code, file);
    },
    buildEnd(error) {
      if (!error && left.size > 0) throw new Error(`scripts/slim.ts: JsSIP is built otherwise than expected, without ${[...left].join(', ')}`);
    },
  };
}

/** What is left of JsSIP's modules but its grammar, by their names. */
export function sources(): ReadonlyMap<string, string> {
  const files = readdirSync(library, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js') && !['Grammar.js', 'JsSIP.js', ...unused].includes(file));
  return new Map(files.map((file) => [file, readFileSync(join(library, file), 'utf8')]));
}

/** rulesOf are the rules of the grammar that are asked for, in lower case: by name, or by the name of a header. */
export function rulesOf(modules: ReadonlyMap<string, string>): ReadonlySet<string> {
  const rules = new Set<string>();
  for (const [file, code] of modules) {
    const computed: string[] = [];
    new Visitor({
      CallExpression(call) {
        const [object, method] = methodOf(call);
        const at = method === 'parseHeader' ? 0 : object === 'Grammar' && method === 'parse' ? 1 : -1;
        const rule = call.arguments[at];
        if (rule?.type === 'Literal' && typeof rule.value === 'string') rules.add(rule.value.replaceAll('-', '_').toLowerCase());
        else if (rule) computed.push(code.slice(call.start, call.end));
      },
    }).visit(parsed(code, file));
    // Headers go through these two.
    const known = file === 'SIPMessage.js' ? "Grammar.parse(value, name.replace(/-/g, '_')), this.parseHeader(name, idx)" : '';
    expect(computed.join(', ') === known, file, `parses by rules that cannot be told: ${computed.join(', ')}`);
  }
  return rules;
}

/** slimGrammar is JsSIP's grammar with some of its rules, which parses as it did. */
export function slimGrammar(code: string, rules: ReadonlySet<string>): string {
  const cut = new Cut(code, 'Grammar.js');
  const missing = new Set(rules);
  const kinds = { words: 0, verdicts: 0, errors: 0, rules: 0 };
  new Visitor({
    IfStatement(one) {
      const test = cut.text(one.test);
      if (test === 'reportFailures === 0') {
        expect(/^\{\s*matchFailed\(("(?:[^"\\]|\\.)*")\);\s*\}$/.test(cut.text(one.consequent)) && !one.alternate, 'Grammar.js', `does more than to note what was expected: ${cut.text(one)}`);
        cut.out(one);
        kinds.words++;
      }
      if (test === 'result === null || pos !== input.length') {
        cut.out(one.consequent, '{ return -1; }');
        kinds.verdicts++;
      }
    },
    ExpressionStatement(one) {
      if (/^result\.SyntaxError(\.prototype)? = /.test(cut.text(one))) {
        cut.out(one);
        kinds.errors++;
      }
    },
    VariableDeclarator(one) {
      if (cut.text(one.id) !== 'parseFunctions' || one.init?.type !== 'ObjectExpression') return;
      const kept = one.init.properties.filter((rule) => rule.type === 'Property' && rule.key.type === 'Literal' && missing.delete(String(rule.key.value).toLowerCase()));
      cut.out(one.init, `{${kept.map((rule) => cut.text(rule)).join()}}`);
      kinds.rules++;
    },
  }).visit(parsed(code, 'Grammar.js'));
  expect(missing.size === 0, 'Grammar.js', `has no rule ${[...missing].join(', ')}`);
  expect(kinds.words > 0 && kinds.verdicts === 1 && kinds.errors === 2 && kinds.rules === 1, 'Grammar.js', `is made otherwise: ${JSON.stringify(kinds)}`);
  const rest = cut.rest();
  for (const name of ['matchFailed', 'reportFailures']) expect(rest.split(name).length === 2, 'Grammar.js', 'still notes what was expected');
  return rest;
}

/** silent is a module of JsSIP without its log. */
export function silent(code: string, file: string): string {
  const cut = new Cut(code, file);
  const loggers = new Set<string>();
  const program = parsed(code, file);
  new Visitor({
    VariableDeclaration(one) {
      const [first] = one.declarations;
      const what = first && cut.text(first);
      const [, logger] = /^(\w+) = new Logger\('[\w:]+'\)$/.exec(what ?? '') ?? [];
      if (logger) loggers.add(logger);
      if (logger || what === "Logger = require('./Logger')" || what === "Logger = require('../Logger')") cut.out(one);
    },
  }).visit(program);
  new Visitor({
    ExpressionStatement(one) {
      if (one.expression.type !== 'CallExpression') return;
      const [object, method] = methodOf(one.expression);
      if (loggers.has(object) && ['debug', 'warn', 'error'].includes(method)) cut.out(one, ';');
    },
  }).visit(program);
  const rest = cut.rest();
  new Visitor({
    Identifier({ name }) {
      expect(name !== 'Logger' && !loggers.has(name), file, `logs otherwise than in a statement of its own: ${name}`);
    },
  }).visit(parsed(rest, file));
  return rest;
}

/** Cut is a text, parts of which are left out. */
class Cut {
  private readonly parts: { start: number; end: number; by: string }[] = [];
  constructor(
    private readonly code: string,
    private readonly file: string,
  ) {}

  text(node: ESTree.Node): string {
    return this.code.slice(node.start, node.end);
  }

  out({ start, end }: ESTree.Node, by = ''): void {
    this.parts.push({ start, end, by });
  }

  rest(): string {
    let out = '';
    let at = 0;
    for (const { start, end, by } of this.parts.sort((a, b) => a.start - b.start)) {
      expect(start >= at, this.file, `has one in another: ${this.code.slice(start, end)}`);
      out += this.code.slice(at, start) + by;
      at = end;
    }
    return out + this.code.slice(at);
  }
}

/** methodOf names what is called, as object and method. */
function methodOf({ callee }: ESTree.CallExpression): [string, string] {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return ['', ''];
  return [callee.object.type === 'Identifier' ? callee.object.name : '', callee.property.name];
}

function parsed(code: string, file: string): ESTree.Program {
  const { program, errors } = parseSync(file, code, { sourceType: 'script' });
  expect(errors.length === 0, file, `cannot be parsed: ${errors[0]?.message}`);
  return program;
}

function expect(holds: boolean, file: string, what: string): asserts holds {
  if (!holds) throw new Error(`scripts/slim.ts: JsSIP's ${file} ${what}`);
}
