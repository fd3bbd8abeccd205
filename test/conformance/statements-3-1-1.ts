// The numbered statements of MQTT 3.1.1 in our own words. One line each: number; what holds the hub to it: a
// statement of 5.0 that asks for the same (= and its number), a test of its own (S), or nothing (C: it binds clients,
// N with a reason); meaning; reason.
const lines = `
1.5.3-1 | = 1.5.4-1 | Text on the wire is well-formed UTF-8.
1.5.3-2 | = 1.5.4-2 | Text on the wire has no U+0000.
1.5.3-3 | = 1.5.4-3 | A byte order mark inside text is kept.
2.2.2-1 | = 2.1.3-1 | Reserved flags have their prescribed values.
2.2.2-2 | S | Wrong flags end the connection.
2.3.1-1 | = 2.2.1-3 | Packets that need an identifier have one above 0.
2.3.1-2 | C | A client gives each new packet a free identifier.
2.3.1-3 | C | A client sends again under the same identifier.
2.3.1-4 | = 2.2.1-4 | So does the server with its PUBLISH.
2.3.1-5 | = 2.2.1-2 | PUBLISH at QoS 0 has no identifier.
2.3.1-6 | = 2.2.1-5 | Answers to PUBLISH carry its identifier.
2.3.1-7 | = 2.2.1-6 | SUBACK and UNSUBACK carry the identifier of the request.
3.1.0-1 | = 3.1.0-1 | The first packet is CONNECT.
3.1.0-2 | = 3.1.0-2 | A second CONNECT ends the connection.
3.1.2-1 | = 3.1.2-1 | With another protocol name it is not served by this specification.
3.1.2-2 | S | A protocol level that is not served is answered with 1, and closed.
3.1.2-3 | S | The reserved connect flag ends the connection.
3.1.2-4 | S | Without Clean Session the session goes on, or begins, and stays.
3.1.2-5 | S | Messages at QoS 1 and 2 are kept for it while its client is away.
3.1.2-6 | S | With Clean Session a new one begins, and ends with the connection.
3.1.2-7 | S | Retained messages do not end with a session.
3.1.2-8 | S | A will is kept, and published at the end of the connection unless DISCONNECT came.
3.1.2-9 | = 3.1.2-9 | With the will flag, topic and payload are there.
3.1.2-10 | = 3.1.2-10 | Once published or taken back, the will is gone.
3.1.2-11 | S | Without the will flag, its QoS and retain are 0 and its fields absent.
3.1.2-12 | S | Without the will flag nothing is published at the end.
3.1.2-13 | = 3.1.2-11 | Without a will, the will QoS is 0.
3.1.2-14 | = 3.1.2-12 | The will QoS is 0, 1 or 2.
3.1.2-15 | = 3.1.2-13 | Without a will, the will retain flag is 0.
3.1.2-16 | = 3.1.2-14 | Will retain 0: it is published as an ordinary message.
3.1.2-17 | = 3.1.2-15 | Will retain 1: it is published as a retained message.
3.1.2-18 | = 3.1.2-16 | Without the flag there is no user name.
3.1.2-19 | = 3.1.2-17 | With the flag there is a user name.
3.1.2-20 | = 3.1.2-18 | Without the flag there is no password.
3.1.2-21 | = 3.1.2-19 | With the flag there is a password.
3.1.2-22 | S | Without a user name there is no password.
3.1.2-23 | C | A client with a keep-alive sends PINGREQ when it sends nothing else.
3.1.2-24 | S | Silence for one and a half keep-alives ends the connection.
3.1.3-1 | = 3.1.3-1 | The fields of the payload come in the prescribed order.
3.1.3-2 | = 3.1.3-2 | The client identifier names the session.
3.1.3-3 | = 3.1.3-3 | It is the first field.
3.1.3-4 | = 3.1.3-4 | It is text.
3.1.3-5 | = 3.1.3-5 | Identifiers of 1 to 23 digits and Latin letters are accepted.
3.1.3-6 | S | A client without identifier is served as if it had a unique one.
3.1.3-7 | C | It asks for a clean session.
3.1.3-8 | S | If it does not, it is answered with 2, and closed.
3.1.3-9 | S | An identifier that is refused is answered with 2, and closed.
3.1.3-10 | = 3.1.3-11 | The will topic is text.
3.1.3-11 | = 3.1.3-12 | The user name is text.
3.1.4-1 | S | A CONNECT of the wrong form ends the connection without an answer.
3.1.4-2 | S | A second connection with the identifier ends the first.
3.1.4-3 | = 3.1.4-4 | Clean Session is honoured.
3.1.4-4 | S | A CONNECT that is accepted is answered with 0.
3.1.4-5 | = 3.1.4-6 | After a refused CONNECT nothing else is taken in.
3.2.0-1 | = 3.2.0-1 | The first packet to a client is CONNACK.
3.2.2-1 | S | Clean Session is answered with Session Present 0.
3.2.2-2 | S | Without it, a session that is there is answered with Session Present 1.
3.2.2-3 | S | A session that is not there is answered with Session Present 0.
3.2.2-4 | S | A refusal has Session Present 0.
3.2.2-5 | S | After a refusal the connection is closed.
3.2.2-6 | N | Where no return code fits, none is sent. | One always fits: 3 stands for all else.
3.3.1-1 | = 3.3.1-1 | A PUBLISH that is sent again has DUP 1.
3.3.1-2 | = 3.3.1-2 | DUP is 0 at QoS 0.
3.3.1-3 | = 3.3.1-3 | DUP of the incoming PUBLISH does not carry over.
3.3.1-4 | = 3.3.1-4 | QoS 3 ends the connection.
3.3.1-5 | = 3.3.1-5 | RETAIN 1 stores the message.
3.3.1-6 | S | A new subscription gets the retained messages.
3.3.1-7 | = 3.3.1-5 | RETAIN 1 at QoS 0 replaces what was there.
3.3.1-8 | S | A message that comes because of a new subscription has RETAIN 1.
3.3.1-9 | S | One that comes to a subscription that stands has RETAIN 0.
3.3.1-10 | = 3.3.1-6 | RETAIN 1 without payload is delivered, and removes what was retained.
3.3.1-11 | = 3.3.1-7 | … and is not itself retained.
3.3.1-12 | = 3.3.1-8 | RETAIN 0 neither stores nor removes.
3.3.2-1 | = 3.3.2-1 | The topic is the first field, and text.
3.3.2-2 | = 3.3.2-2 | It has no wildcards.
3.3.2-3 | = 3.3.2-3 | The topic that a subscriber gets matches its filter.
3.3.4-1 | S | PUBLISH is answered as its QoS asks.
3.3.5-1 | = 3.3.4-2 | Overlapping subscriptions: the highest QoS counts.
3.3.5-2 | S | A client that may not publish gets an ordinary answer, or none and the end of its connection.
3.6.1-1 | = 3.6.1-1 | The flags of PUBREL are 0010.
3.8.1-1 | = 3.8.1-1 | The flags of SUBSCRIBE are 0010.
3.8.3-1 | = 3.8.3-1 | Topic filters are text.
3.8.3-2 | N | A server without wildcards refuses them. | They are served.
3.8.3-3 | = 3.8.3-2 | SUBSCRIBE has one filter at least.
3.8.3-4 | S | What follows a filter is 0, 1 or 2.
3.8.4-1 | = 3.8.4-1 | SUBSCRIBE is answered with SUBACK.
3.8.4-2 | = 3.8.4-2 | SUBACK has the identifier of SUBSCRIBE.
3.8.4-3 | S | The same filter again replaces the subscription, and retained messages come again.
3.8.4-4 | = 3.8.4-5 | Many filters are as many SUBSCRIBE with one SUBACK.
3.8.4-5 | = 3.8.4-6 | SUBACK has a return code for each filter.
3.8.4-6 | = 3.8.4-8 | Messages come at the lower of published and granted QoS.
3.9.3-1 | = 3.9.3-1 | The return codes are in the order of the filters.
3.9.3-2 | S | They are 0, 1, 2 and 0x80.
3.10.1-1 | = 3.10.1-1 | The flags of UNSUBSCRIBE are 0010.
3.10.3-1 | = 3.10.3-1 | Its filters are text.
3.10.3-2 | = 3.10.3-2 | It has one filter at least.
3.10.4-1 | = 3.10.4-1 | Filters are compared character by character; an equal one ends.
3.10.4-2 | = 3.10.4-2 | No new message comes for it.
3.10.4-3 | = 3.10.4-3 | Deliveries that have begun are completed.
3.10.4-4 | S | UNSUBSCRIBE is answered with UNSUBACK under its identifier.
3.10.4-5 | S | … also when nothing ended.
3.10.4-6 | = 3.10.4-6 | Many filters are as many UNSUBSCRIBE with one UNSUBACK.
3.12.4-1 | = 3.12.4-1 | PINGREQ is answered with PINGRESP.
3.14.1-1 | S | Reserved flags of DISCONNECT end the connection.
3.14.4-1 | C | A client closes after DISCONNECT.
3.14.4-2 | C | A client sends nothing after DISCONNECT.
3.14.4-3 | S | DISCONNECT takes the will back.
4.1.0-1 | S | A session is kept for as long as it lasts.
4.1.0-2 | = 4.1.0-1 | It lasts as long as its connection at least.
4.3.1-1 | = 4.3.1-1 | QoS 0 is sent with QoS 0 and DUP 0.
4.3.2-1 | = 4.3.2-3 | QoS 1, sending: free identifier, DUP 0, until PUBACK.
4.3.2-2 | = 4.3.2-4 | QoS 1, receiving: PUBACK, and the identifier is free.
4.3.3-1 | S | QoS 2, sending: PUBLISH until PUBREC, PUBREL until PUBCOMP.
4.3.3-2 | = 4.3.3-10 | QoS 2, receiving: PUBREC, delivered once, PUBCOMP.
4.4.0-1 | S | Without Clean Session, PUBLISH and PUBREL without answer are sent again under their identifiers.
4.5.0-1 | = 4.5.0-1 | A message is added to the sessions of all who subscribe to it.
4.5.0-2 | C | A client answers PUBLISH, whatever it does with the message.
4.6.0-1 | C | A client sends again in the order in which it sent.
4.6.0-2 | C | A client sends PUBACK in the order of the PUBLISH.
4.6.0-3 | C | A client sends PUBREC in the order of the PUBLISH.
4.6.0-4 | C | A client sends PUBREL in the order of the PUBREC.
4.6.0-5 | = 4.6.0-6 | All topics are ordered.
4.6.0-6 | = 4.6.0-5 | Messages of a client arrive in their order, for each topic and QoS.
4.7.1-1 | = 4.7.0-1 | Wildcards belong in filters, never in topic names.
4.7.1-2 | = 4.7.1-1 | The wildcard # is the last level, alone.
4.7.1-3 | = 4.7.1-2 | The wildcard + is a whole level.
4.7.2-1 | = 4.7.2-1 | A wildcard in the first level does not reach topics that begin with $.
4.7.3-1 | = 4.7.3-1 | Topic names and filters have one character at least.
4.7.3-2 | = 4.7.3-2 | Topic names and filters have no U+0000.
4.7.3-3 | = 4.7.3-3 | Topic names and filters have at most 65,535 bytes.
4.7.3-4 | = 4.7.3-4 | Nothing is normalised when they are compared.
4.8.0-1 | S | Who breaks the protocol is cut off.
4.8.0-2 | N | A passing error while a packet is dealt with ends the connection. | Nothing that passes ends in a half.
6.0.0-1 | = 6.0.0-1 | MQTT over WebSocket is in binary frames.
6.0.0-2 | = 6.0.0-2 | A frame may hold part of a packet, or several.
6.0.0-3 | C | A client offers the subprotocol mqtt.
6.0.0-4 | = 6.0.0-4 | The server selects the subprotocol mqtt.
7.0.0-1 | N | Who is client and server obeys the rules of both. | Of bridges; test/bridge sees to them.
7.0.0-2 | N | No extension is needed to be served. | All other tests are of plain clients.
7.1.1-1 | = 4.2.0-1 | There is a transport that gives ordered bytes without loss, both ways.
7.1.2-1 | C | The same for clients.
`

export interface OldStatement {
  /** "3.1.3-8" */
  number: string
  meaning: string
  /** Number of the statement of 5.0 under which it is tested; undefined when it is not. */
  sameAs: string | undefined
  /** Why no test applies; undefined where one must. */
  reason: string | undefined
}

export const oldStatements: readonly OldStatement[] = lines
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [number = '', how = '', meaning = '', reason] = line.split(' | ')
    return {
      number,
      meaning,
      sameAs: how.startsWith('= ') ? `MQTT-${how.slice('= '.length)}` : undefined,
      reason: how === 'C' ? 'Binds clients.' : reason,
    }
  })
