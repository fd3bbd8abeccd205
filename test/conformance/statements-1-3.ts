// The numbered statements of MQTT 5.0, chapters 1 to 3, in our own words. One line each: number, whom it binds
// (S a server, and then a test carries its number; C a client; N nobody here), meaning, and why there is no test.
export const chapters1To3 = `
1.5.4-1 | S | Text on the wire is well-formed UTF-8 without surrogates; anything else ends the connection.
1.5.4-2 | S | Text on the wire has no U+0000.
1.5.4-3 | S | A byte order mark inside text is a character like others and is kept.
1.5.5-1 | S | Variable byte integers take no more bytes than they need.
1.5.7-1 | S | Both halves of a string pair obey the rules for text.
2.1.3-1 | S | Reserved flag bits of the fixed header have their prescribed values.
2.2.1-2 | S | PUBLISH at QoS 0 has no packet identifier.
2.2.1-3 | S | A client's new packet has an identifier above 0 that is free.
2.2.1-4 | S | A new PUBLISH of the server at QoS 1-2 has an identifier above 0 that is free.
2.2.1-5 | S | PUBACK, PUBREC, PUBREL and PUBCOMP carry the identifier of their PUBLISH.
2.2.1-6 | S | SUBACK and UNSUBACK carry the identifier of the request.
2.2.2-1 | S | No properties means a property length of 0, not its absence.
3.1.0-1 | S | The first packet of a client is CONNECT.
3.1.0-2 | S | A second CONNECT is a protocol error and ends the connection.
3.1.2-1 | S | The protocol name is MQTT; otherwise the connection is refused and closed.
3.1.2-2 | S | A protocol version that is not served is refused and closed.
3.1.2-3 | S | The reserved connect flag is 0.
3.1.2-4 | S | Clean Start 1 throws an existing session away.
3.1.2-5 | S | Clean Start 0 goes on with an existing session.
3.1.2-6 | S | Clean Start 0 without a session begins a new one.
3.1.2-7 | S | A will is kept with the session.
3.1.2-8 | S | The will is published after the end of the connection, unless it was taken back.
3.1.2-9 | S | With the will flag, will properties, topic and payload are there.
3.1.2-10 | S | Once published or taken back, the will is gone.
3.1.2-11 | S | Without a will, the will QoS is 0.
3.1.2-12 | S | The will QoS is 0, 1 or 2.
3.1.2-13 | S | Without a will, the will retain flag is 0.
3.1.2-14 | S | Will retain 0: the will is published as an ordinary message.
3.1.2-15 | S | Will retain 1: the will is published as a retained message.
3.1.2-16 | S | Without the flag there is no user name.
3.1.2-17 | S | With the flag there is a user name.
3.1.2-18 | S | Without the flag there is no password.
3.1.2-19 | S | With the flag there is a password.
3.1.2-20 | C | A client with a keep-alive sends PINGREQ when it sends nothing else.
3.1.2-21 | C | A client takes over the server's keep-alive.
3.1.2-22 | S | Silence for one and a half keep-alives ends the connection.
3.1.2-23 | S | The session stays after the connection when its expiry is above 0.
3.1.2-24 | S | No packet longer than the client's Maximum Packet Size is sent to it.
3.1.2-25 | S | A message that is too long for the client counts as delivered.
3.1.2-26 | S | Topic aliases to the client stay within its Topic Alias Maximum.
3.1.2-27 | S | Without a Topic Alias Maximum the client gets no aliases.
3.1.2-28 | S | Response information is only for those who ask.
3.1.2-29 | S | Without problem information: reason strings in CONNACK and DISCONNECT only.
3.1.2-30 | S | While it authenticates, a client sends AUTH and DISCONNECT only.
3.1.3-1 | S | The fields of the CONNECT payload come in the prescribed order.
3.1.3-2 | S | The client identifier names the session.
3.1.3-3 | S | The client identifier is the first field of the payload.
3.1.3-4 | S | The client identifier is text.
3.1.3-5 | S | Identifiers of 1 to 23 digits and Latin letters are accepted.
3.1.3-6 | S | A client without identifier gets a unique one.
3.1.3-7 | S | … and is told which, and served as if it had sent it.
3.1.3-8 | S | A refused identifier ends the connection.
3.1.3-9 | S | Who comes back before the will is due has no will published.
3.1.3-10 | S | User properties of a will keep their order.
3.1.3-11 | S | The will topic is text.
3.1.3-12 | S | The user name is text.
3.1.4-1 | S | A CONNECT of the wrong form ends the connection.
3.1.4-2 | S | A CONNECT that fails a further check, such as authentication, ends the connection.
3.1.4-3 | S | A second connection with the identifier ends the first with 0x8E.
3.1.4-4 | S | Clean Start is honoured on accepting.
3.1.4-5 | S | A CONNECT that is accepted is answered with CONNACK 0x00.
3.1.4-6 | S | After a refused CONNECT nothing else of the client is taken in.
3.2.0-1 | S | CONNACK comes before all else but AUTH.
3.2.0-2 | S | There is one CONNACK for a connection.
3.2.2-1 | S | The reserved acknowledge flags are 0.
3.2.2-2 | S | Clean Start 1 is answered with Session Present 0.
3.2.2-3 | S | Clean Start 0 is answered with Session Present as it is.
3.2.2-4 | C | A client without session closes on Session Present 1.
3.2.2-5 | C | A client with session forgets it on Session Present 0.
3.2.2-6 | S | A refusal has Session Present 0.
3.2.2-7 | S | After a refusal the connection is closed.
3.2.2-8 | S | CONNACK uses the reason codes that it has.
3.2.2-9 | N | A server without QoS 1 or 2 says so. | All three are served.
3.2.2-10 | N | Such a server still takes subscriptions at any QoS. | All three are served.
3.2.2-11 | C | A client keeps to the Maximum QoS.
3.2.2-12 | N | A will above the Maximum QoS is refused. | All three are served.
3.2.2-13 | S | A retained will is refused where nothing is retained.
3.2.2-14 | C | A client sends no RETAIN where it is not available.
3.2.2-15 | S | A client's packet over the server's Maximum Packet Size is an error.
3.2.2-16 | S | The identifier given to a client is no other session's.
3.2.2-17 | S | A client's alias above the server's Topic Alias Maximum is an error.
3.2.2-18 | C | A client sends no alias when the server takes none.
3.2.2-19 | N | No reason string that makes CONNACK too long. | CONNACK has none.
3.2.2-20 | N | No user property that makes CONNACK too long. | CONNACK has none.
3.2.2-21 | S | The server's keep-alive, where it is given, is the one that counts.
3.2.2-22 | S | Without a server's keep-alive the client's is used.
3.3.1-1 | S | A PUBLISH that is sent again has DUP 1.
3.3.1-2 | S | DUP is 0 at QoS 0.
3.3.1-3 | S | DUP of the incoming PUBLISH does not carry over.
3.3.1-4 | S | QoS 3 does not exist.
3.3.1-5 | S | RETAIN 1 stores the message in the place of the one before.
3.3.1-6 | S | RETAIN 1 without payload removes the retained message.
3.3.1-7 | S | … and is not itself retained.
3.3.1-8 | S | RETAIN 0 neither stores nor removes.
3.3.1-9 | S | Retain Handling 0: matching retained messages follow.
3.3.1-10 | S | Retain Handling 1: they follow when the subscription is new.
3.3.1-11 | S | Retain Handling 2: they don't.
3.3.1-12 | S | Retain As Published 0: forwarded with RETAIN 0.
3.3.1-13 | S | Retain As Published 1: forwarded with RETAIN as it came.
3.3.2-1 | S | The topic is the first field of PUBLISH, and text.
3.3.2-2 | S | The topic of PUBLISH has no wildcards.
3.3.2-3 | S | The topic that a subscriber gets matches its filter.
3.3.2-4 | S | The payload format indicator is passed on.
3.3.2-5 | S | A message whose time is over before delivery begins is dropped.
3.3.2-6 | S | What is left of its time goes with the message.
3.3.2-7 | S | Aliases end with the connection.
3.3.2-8 | S | No alias is 0.
3.3.2-9 | S | A client's aliases stay within the server's maximum.
3.3.2-10 | C | A client takes all aliases within its maximum.
3.3.2-11 | S | The server's aliases stay within the client's maximum.
3.3.2-12 | S | The server takes all aliases within its maximum.
3.3.2-13 | S | The response topic is text.
3.3.2-14 | S | The response topic has no wildcards.
3.3.2-15 | S | The response topic is passed on.
3.3.2-16 | S | Correlation data is passed on.
3.3.2-17 | S | User properties are passed on.
3.3.2-18 | S | User properties keep their order.
3.3.2-19 | S | The content type is text.
3.3.2-20 | S | The content type is passed on.
3.3.4-1 | S | PUBLISH is answered as its QoS asks.
3.3.4-2 | S | Overlapping subscriptions: the highest QoS counts.
3.3.4-3 | S | Subscription identifiers go with the message.
3.3.4-4 | S | One copy carries those of all matching subscriptions.
3.3.4-5 | N | Several copies carry each its own. | One copy is sent.
3.3.4-6 | S | A client's PUBLISH has no subscription identifier.
3.3.4-7 | S | A client keeps to the server's Receive Maximum; beyond it is 0x93.
3.3.4-8 | C | A client delays nothing but PUBLISH for it.
3.3.4-9 | S | The server keeps to the client's Receive Maximum.
3.3.4-10 | S | The server delays nothing but PUBLISH for it.
3.4.2-1 | S | PUBACK uses the reason codes that it has.
3.4.2-2 | S | No reason string that makes PUBACK too long.
3.4.2-3 | N | No user property that makes PUBACK too long. | PUBACK has none.
3.5.2-1 | S | PUBREC uses the reason codes that it has.
3.5.2-2 | S | No reason string that makes PUBREC too long.
3.5.2-3 | N | No user property that makes PUBREC too long. | PUBREC has none.
3.6.1-1 | S | The flags of PUBREL are 0010.
3.6.2-1 | S | PUBREL uses the reason codes that it has.
3.6.2-2 | N | No reason string that makes PUBREL too long. | PUBREL has none.
3.6.2-3 | N | No user property that makes PUBREL too long. | PUBREL has none.
3.7.2-1 | S | PUBCOMP uses the reason codes that it has.
3.7.2-2 | N | No reason string that makes PUBCOMP too long. | PUBCOMP has none.
3.7.2-3 | N | No user property that makes PUBCOMP too long. | PUBCOMP has none.
3.8.1-1 | S | The flags of SUBSCRIBE are 0010.
3.8.3-1 | S | Topic filters are text.
3.8.3-2 | S | SUBSCRIBE has one filter at least.
3.8.3-3 | S | No Local: nobody gets its own messages.
3.8.3-4 | S | No Local on a shared subscription is a protocol error.
3.8.3-5 | S | The reserved subscription options are 0.
3.8.4-1 | S | SUBSCRIBE is answered with SUBACK.
3.8.4-2 | S | SUBACK has the identifier of SUBSCRIBE.
3.8.4-3 | S | The same filter again replaces the subscription.
3.8.4-4 | S | … with Retain Handling 0 retained messages come again, and nothing is lost.
3.8.4-5 | S | Many filters are as many SUBSCRIBE with one SUBACK.
3.8.4-6 | S | SUBACK has a reason code for each filter.
3.8.4-7 | S | It is the QoS granted, or says that there is no subscription.
3.8.4-8 | S | Messages come at the lower of published and granted QoS.
3.9.2-1 | N | No reason string that makes SUBACK too long. | SUBACK has none.
3.9.2-2 | N | No user property that makes SUBACK too long. | SUBACK has none.
3.9.3-1 | S | The reason codes of SUBACK are in the order of the filters.
3.9.3-2 | S | SUBACK uses the reason codes that it has.
3.10.1-1 | S | The flags of UNSUBSCRIBE are 0010.
3.10.3-1 | S | Topic filters to be given up are text.
3.10.3-2 | S | UNSUBSCRIBE has one filter at least.
3.10.4-1 | S | Filters are compared character by character; an equal one ends.
3.10.4-2 | S | No new message comes for it.
3.10.4-3 | S | Deliveries that have begun are completed.
3.10.4-4 | S | UNSUBSCRIBE is answered with UNSUBACK.
3.10.4-5 | S | UNSUBACK has its identifier, and comes when nothing ended, too.
3.10.4-6 | S | Many filters are as many UNSUBSCRIBE with one UNSUBACK.
3.11.2-1 | N | No reason string that makes UNSUBACK too long. | UNSUBACK has none.
3.11.2-2 | N | No user property that makes UNSUBACK too long. | UNSUBACK has none.
3.11.3-1 | S | The reason codes of UNSUBACK are in the order of the filters.
3.11.3-2 | S | UNSUBACK uses the reason codes that it has.
3.12.4-1 | S | PINGREQ is answered with PINGRESP.
3.14.0-1 | S | No DISCONNECT from the server before CONNACK.
3.14.1-1 | S | The reserved flags of DISCONNECT are 0.
3.14.2-1 | S | DISCONNECT uses the reason codes that it has.
3.14.2-2 | S | The server's DISCONNECT has no session expiry.
3.14.2-3 | S | No reason string that makes DISCONNECT too long.
3.14.2-4 | N | No user property that makes DISCONNECT too long. | DISCONNECT has none.
3.14.4-1 | S | Nothing is sent after DISCONNECT.
3.14.4-2 | S | After DISCONNECT the connection is closed.
3.14.4-3 | S | DISCONNECT 0x00 takes the will back.
3.15.1-1 | S | The flags of AUTH are 0.
3.15.2-1 | S | AUTH uses the reason codes that it has.
3.15.2-2 | N | No reason string that makes AUTH too long. | AUTH has none.
3.15.2-3 | N | No user property that makes AUTH too long. | AUTH has none.
`
