import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { rulesOf, silent, slimGrammar, sources } from '../../scripts/slim';

interface Grammar {
  parse(text: string, rule: string): unknown;
}

const file = createRequire(import.meta.url).resolve('jssip/lib/Grammar.js');
const code = readFileSync(file, 'utf8');

function run(text: string): Grammar {
  const module = { exports: {} as Grammar };
  new Function('module', 'require', text)(module, createRequire(file));
  return module.exports;
}

// What Asterisk sends to a page and what the page is configured with, and for each rule something that it does not allow.
const texts: Record<string, readonly string[]> = {
  Request_Response: [
    'INVITE sip:page-hanako@192.0.2.7:5060;transport=ws SIP/2.0', 'BYE sips:a%20b:secret@example.com;lr?Subject=x SIP/2.0', 'SIP/2.0 200 OK', 'SIP/2.0 401 Unauthorized', 'SIP/2.0 603 お断り',
    'INFO tel:+81312345678 SIP/2.0', 'SIP/2.0 20 OK', 'INVITE sip:a@b', 'GET / HTTP/1.1', '',
  ],
  Via: ['SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bKnashds7;rport=5061;received=192.0.2.1', 'SIP/2.0/UDP [2001:db8::9:1]:5060;branch=z9hG4bK87a;ttl=3;maddr=192.0.2.2;alias', 'SIP/2.0/WS', 'SIP/2.0/WS a;;'],
  From: ['"山田 花子" <sip:hanako@example.com>;tag=88sja8x', '<sip:a@b>', 'sip:a@[::1];tag=1', 'Bob Q <sips:bob@biloxi.example.com:5061;transport=tcp>;x=y;tag=a48s', '"Bob <sip:a@b>'],
  To: ['Bob <sip:bob@biloxi.com>;tag=8321234356', '<sip:asterisk@192.0.2.9>;q="a b"', '<sip:bob'],
  Contact: ['<sip:asterisk@192.0.2.9:5060;transport=ws>', '"Mr. Watson" <sip:watson@worcester.example.com>;q=0.7; expires=3600, "W" <sip:w@b> ;q=.1', 'sip:a@b', '<sip:a@b>,', 'no uri'],
  Record_Route: ['<sip:p1.example.com;lr>, <sip:p2.example.com;lr>;x=1', 'sip:p1.example.com'],
  Call_ID: ['a84b4c76e66710@pc33.atlanta.com', '843817637684230@998sdasdh09', 'a b'],
  CSeq: ['4711 INVITE', '1 INFO', 'INVITE'],
  Content_Length: ['349', '0', '-1', 'x'],
  Content_Type: ['application/sdp', 'message/sipfrag;version=2.0', 'multipart/mixed;boundary="x y"', 'application'],
  Max_Forwards: ['70', 'many'],
  WWW_Authenticate: ['Digest realm="asterisk",nonce="1700/0cc175",opaque="5ccc",algorithm=MD5,qop="auth"', 'Digest realm="a", domain="sip:ss1.example.com /x", qop="auth,auth-int", nonce="f84", opaque="", stale=FALSE', 'Basic realm="a"', 'Digest realm=a', '"Digest"'],
  Proxy_Authenticate: ['Digest realm="a", nonce="x", stale=true, algorithm=MD5', 'Digest realm="a \\" b", nonce="x", stale=true, algorithm=MD5-sess, other=1', 'Digest'],
  Session_Expires: ['1800;refresher=uas', '4000;refresher=uac;x', '90', 'soon'],
  Refer_To: ['<sip:dave@denver.example.org?Replaces=12345%40192.0.2.1%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>', 'sip:a@b', '<dave>'],
  Replaces: ['425928@bobster.example.org;to-tag=7743;from-tag=6472', '98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff;early-only', ';to-tag=1'],
  Event: ['dialog', 'presence.winfo;id=3', 'refer;x="y"', '.'],
  Status_Line: ['SIP/2.0 100 Trying', 'SIP/2.0 200', 'INVITE sip:a@b SIP/2.0'],
  Name_Addr_Header: ['"a" <sip:a@b>;x=1', '<sip:a@b>', 'sip:a@b'],
  SIP_URI: ['sip:asterisk;transport=ws', 'sip:127.0.0.1:8443;transport=ws', 'sip:a:b@[2001:db8::7]:5060;user=phone;method=INVITE;ttl=1;maddr=c;x?h=v&i=', 'sip:+81-3@x.example.', 'sip:256.0.0.1.2.', 'http://a', 'sip:'],
  absoluteURI: ['wss://desk.example.com/sip', 'ws://[::1]:8080/sip?a=b', 'mailto:a@b', '//a'],
  host: ['desk.example.com', '192.0.2.255', '[fe80::1]', '[::ffff:192.0.2.1]', '[1:2:3:4:5:6:7:8]', '[1::8]', 'a_b', '-'],
  quoted_string: ['"hanako"', '"a \\" b"', '"a'],
  uuid: ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'f81d4fae'],
};

describe('JsSIP, slim', () => {
  const rules = rulesOf(sources());
  const whole = run(code);
  const left = slimGrammar(code, rules);
  const slim = run(left);

  it('parses what JsSIP parses, as it did', () => {
    const tried = Object.keys(texts).map((rule) => rule.toLowerCase());
    expect(tried.sort()).toEqual([...rules].sort());
    for (const [rule, all] of Object.entries(texts)) {
      const verdicts = all.map((text) => {
        const is = slim.parse(text, rule);
        expect(is, `${rule}: ${text}`).toEqual(whole.parse(text, rule));
        return is === -1;
      });
      expect(verdicts, rule).toContain(true);
      expect(verdicts, rule).toContain(false);
    }
  });

  it('has no rules that nobody asks for', () => {
    expect(whole.parse('weather', 'Subject')).not.toBe(-1);
    expect(() => slim.parse('weather', 'Subject')).toThrow('Invalid rule name');
    expect(left).not.toContain('matchFailed("');
  });

  it('does not log', () => {
    for (const [name, text] of sources()) if (name !== 'Logger.js') expect(silent(text, name), name).not.toContain("require('./Logger')");
    expect(silent("const Logger = require('./Logger'); const logger = new Logger('A'); if (b) logger.warn('c %s', d); else e();", 'A.js')).toMatch(/^ *if \(b\) ; else e\(\);$/);
  });

  it('is not made of a JsSIP that is made otherwise', () => {
    expect(() => silent("const logger = new Logger('A'); b(() => logger.debug('c'));", 'A.js')).toThrow('A.js logs otherwise');
    expect(() => silent("const Logger = require('./Logger'); const logger = Logger.named('A'); logger.debug('c');", 'A.js')).toThrow('A.js logs otherwise');
    expect(() => rulesOf(new Map([['A.js', 'Grammar.parse(a, b)']]))).toThrow('A.js parses by rules that cannot be told: Grammar.parse(a, b)');
    expect(() => slimGrammar(code, new Set([...rules, 'geolocation']))).toThrow('has no rule geolocation');
    expect(() => slimGrammar(code.replace('matchFailed("', 'expected("'), rules)).toThrow('does more than to note');
    expect(() => slimGrammar(code.replace('reportFailures === 0', 'loud'), rules)).toThrow('still notes what was expected');
    expect(() => slimGrammar(code.replaceAll('parseFunctions', 'rules'), rules)).toThrow('has no rule');
  });
});
