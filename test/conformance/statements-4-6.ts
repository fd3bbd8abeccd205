// The numbered statements of MQTT 5.0, chapters 4 and 6, in our own words; the form is that of chapters 1 to 3.
export const chapters4To6 = `
4.1.0-1 | S | A session is not thrown away while its connection stands.
4.1.0-2 | S | A session is thrown away when its expiry has passed after the connection.
4.2.0-1 | S | There is a transport that gives ordered bytes without loss, both ways.
4.3.1-1 | S | QoS 0 is sent with QoS 0 and DUP 0.
4.3.2-1 | S | QoS 1: a new message has a free identifier.
4.3.2-2 | S | QoS 1: it is sent first with DUP 0.
4.3.2-3 | S | QoS 1: it is unacknowledged until PUBACK.
4.3.2-4 | S | QoS 1: PUBACK says that the receiver has taken over the message.
4.3.2-5 | S | QoS 1: after PUBACK the identifier stands for a new message, whatever DUP says.
4.3.3-1 | S | QoS 2: a new message has a free identifier.
4.3.3-2 | S | QoS 2: it is sent first with DUP 0.
4.3.3-3 | S | QoS 2: it is unacknowledged until PUBREC.
4.3.3-4 | S | QoS 2: PUBREC below 0x80 is answered with PUBREL.
4.3.3-5 | S | QoS 2: PUBREL is unacknowledged until PUBCOMP.
4.3.3-6 | S | QoS 2: after PUBREL the PUBLISH is not sent again.
4.3.3-7 | S | QoS 2: what has been sent does not expire.
4.3.3-8 | S | QoS 2: PUBREC says that the receiver has taken over the message.
4.3.3-9 | S | QoS 2: after a PUBREC that refuses, the identifier stands for a new message.
4.3.3-10 | S | QoS 2: until PUBREL, a repetition gets PUBREC and is delivered to nobody again.
4.3.3-11 | S | QoS 2: PUBREL is answered with PUBCOMP.
4.3.3-12 | S | QoS 2: after PUBCOMP the identifier stands for a new message.
4.3.3-13 | S | QoS 2: the exchange goes on when the message has expired.
4.4.0-1 | S | On resuming, and never else, PUBLISH and PUBREL without answer are sent again.
4.4.0-2 | S | A refusing PUBACK or PUBREC is an answer: nothing is sent again.
4.5.0-1 | S | A message is added to the sessions of all who subscribe to it.
4.5.0-2 | C | A client answers PUBLISH, whatever it does with the message.
4.6.0-1 | C | A client sends again in the order in which it sent.
4.6.0-2 | C | A client sends PUBACK in the order of the PUBLISH.
4.6.0-3 | C | A client sends PUBREC in the order of the PUBLISH.
4.6.0-4 | C | A client sends PUBREL in the order of the PUBREC.
4.6.0-5 | S | On an ordered topic, messages of a client arrive in their order, for each QoS.
4.6.0-6 | S | All topics are ordered, for subscriptions that are not shared.
4.7.0-1 | S | Wildcards belong in filters, never in topic names.
4.7.1-1 | S | The wildcard # is the last level, alone.
4.7.1-2 | S | The wildcard + is a whole level.
4.7.2-1 | S | A wildcard in the first level does not reach topics that begin with $.
4.7.3-1 | S | Topic names and filters have one character at least.
4.7.3-2 | S | Topic names and filters have no U+0000.
4.7.3-3 | S | Topic names and filters have at most 65,535 bytes.
4.7.3-4 | S | Nothing is normalised when they are compared.
4.8.2-1 | S | A shared filter begins with $share/ and a name of one character at least.
4.8.2-2 | S | The name has no wildcards; a slash and a filter follow it.
4.8.2-3 | S | Each member gets the QoS that it was granted.
4.8.2-4 | S | A QoS 2 delivery that broke off is completed with its member.
4.8.2-5 | S | … and goes to no other, even when that member's session ends.
4.8.2-6 | S | A message that a member refuses goes to no other.
4.9.0-1 | S | The first send quota is above 0 and within the Receive Maximum.
4.9.0-2 | S | Without quota no PUBLISH at QoS 1-2 is sent.
4.9.0-3 | S | Without quota all other packets are still answered.
4.12.0-1 | S | An unknown authentication method ends the connection.
4.12.0-2 | S | The server's AUTH in an exchange says 0x18.
4.12.0-3 | S | A client's AUTH in an exchange says 0x18.
4.12.0-4 | S | Authentication that fails ends the connection.
4.12.0-5 | S | Each AUTH, and CONNACK, name the method of CONNECT.
4.12.0-6 | S | Without a method in CONNECT, no AUTH and no method in CONNACK.
4.12.0-7 | S | Without a method in CONNECT, a client's AUTH is an error.
4.12.1-1 | S | Re-authentication keeps to the method of CONNECT.
4.12.1-2 | S | Re-authentication that fails ends the connection.
4.13.1-1 | S | A malformed packet or protocol error ends the connection.
4.13.2-1 | S | CONNACK or DISCONNECT of 0x80 or more: the connection is closed.
6.0.0-1 | N | MQTT over WebSocket is in binary frames. | Tested in src/transport/websocket.test.ts.
6.0.0-2 | N | A frame may hold part of a packet, or several. | Tested in src/transport/websocket.test.ts.
6.0.0-3 | C | A client offers the subprotocol mqtt.
6.0.0-4 | N | The server selects the subprotocol mqtt. | Tested in src/transport/websocket.test.ts.
`
