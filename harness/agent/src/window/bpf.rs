//! A classic BPF filter that passes only the first segment of HTTP requests and answers on one TCP port.
//!
//! The kernel drops all else, so the agent is not woken for acknowledgements and bodies while it measures.

const LD_BYTE: u16 = 0x30;
const LD_HALF: u16 = 0x28;
const LD_HALF_X: u16 = 0x48;
const LD_BYTE_X: u16 = 0x50;
const LD_WORD_X: u16 = 0x40;
const LDX_IHL: u16 = 0xb1;
const LDX_IMM: u16 = 0x01;
const AND: u16 = 0x54;
const RSH: u16 = 0x74;
const ADD_X: u16 = 0x0c;
const TAX: u16 = 0x07;
const JEQ: u16 = 0x15;
const JSET: u16 = 0x45;
const RET: u16 = 0x06;
const ACCEPT_BYTES: u32 = 65_535;

/// The first four bytes of what is let through.
pub const STARTS: [&[u8; 4]; 8] = [b"HTTP", b"GET ", b"POST", b"PUT ", b"DELE", b"PATC", b"HEAD", b"OPTI"];

struct Program(Vec<libc::sock_filter>);

impl Program {
    fn op(&mut self, code: u16, k: u32) -> &mut Self {
        self.jump(code, k, 0, 0)
    }

    fn jump(&mut self, code: u16, k: u32, jt: u8, jf: u8) -> &mut Self {
        self.0.push(libc::sock_filter { code, jt, jf, k });
        self
    }
}

/// For a socket that sees packets from the network header on (SOCK_DGRAM). A load past the packet's end drops it.
pub fn http_on_port(port: u16) -> Vec<libc::sock_filter> {
    let mut program = Program(Vec::new());
    program.op(LD_BYTE, 0).op(RSH, 4);
    let ipv4 = ipv4_part(port);
    let ipv6 = ipv6_part(port);
    program.jump(JEQ, 4, 0, ipv4.len() as u8);
    program.0.extend(ipv4);
    program.jump(JEQ, 6, 1, 0).op(RET, 0);
    program.0.extend(ipv6);
    program.0
}

fn ipv4_part(port: u16) -> Vec<libc::sock_filter> {
    let mut part = Program(Vec::new());
    part.op(LD_BYTE, 9).jump(JEQ, 6, 1, 0).op(RET, 0);
    // Fragments after the first have no TCP header.
    part.op(LD_HALF, 6).jump(JSET, 0x1fff, 0, 1).op(RET, 0);
    part.op(LDX_IHL, 0);
    port_and_payload(&mut part, port, 0);
    part.0
}

fn ipv6_part(port: u16) -> Vec<libc::sock_filter> {
    let mut part = Program(Vec::new());
    part.op(LD_BYTE, 6).jump(JEQ, 6, 1, 0).op(RET, 0);
    part.op(LDX_IMM, 40);
    port_and_payload(&mut part, port, 0);
    part.0
}

/// With X at the TCP header: either port, then the payload's first four bytes.
fn port_and_payload(part: &mut Program, port: u16, base: u32) {
    part.op(LD_HALF_X, base).jump(JEQ, port.into(), 3, 0);
    part.op(LD_HALF_X, base + 2).jump(JEQ, port.into(), 1, 0).op(RET, 0);
    // The data offset is the upper half of byte 12, in words of four bytes.
    part.op(LD_BYTE_X, base + 12).op(RSH, 2).op(AND, 0x3c).op(ADD_X, 0).op(TAX, 0).op(LD_WORD_X, base);
    for (index, start) in STARTS.iter().enumerate() {
        let to_accept = (STARTS.len() - index) as u8;
        part.jump(JEQ, u32::from_be_bytes(**start), to_accept, 0);
    }
    part.op(RET, 0).op(RET, ACCEPT_BYTES);
}
