;; Is this surely a compact JSON object (RFC 8259, no spaces)? The text lies at address 0, in valid UTF-8.
;; Functions that read one thing take its address and give the address behind it, 0 when it does not stand there.
;; The 16 zeros behind the text end every loop: zero is neither a digit nor allowed in a string.
(module
  (import "env" "memory" (memory 1))

  ;; `limit` is how deep arrays and objects may stand in each other, at most 64: `kinds` has one bit for each that is open,
  ;; the innermost lowest, 1 for an object.
  (func (export "isCompactObject") (param $length i32) (param $limit i32) (result i32)
    (local $at i32) (local $code i32) (local $depth i32) (local $kinds i64)
    (v128.store (local.get $length) (v128.const i64x2 0 0))
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x7b)) (then (return (i32.const 0)))) ;; {
    (loop $value
      (block $behind
        (local.set $code (i32.load8_u (local.get $at)))
        (if (i32.eq (local.get $code) (i32.const 0x22)) ;; "
          (then
            (local.set $at (call $string (local.get $at)))
            (br_if $behind (local.get $at))
            (return (i32.const 0))))
        (if (i32.ne (i32.and (local.get $code) (i32.const 0xdf)) (i32.const 0x5b)) ;; neither [ nor {
          (then
            (local.set $at (call $scalar (local.get $at)))
            (br_if $behind (local.get $at))
            (return (i32.const 0))))
        (if (i32.eq (local.get $depth) (local.get $limit)) (then (return (i32.const 0))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (if (i32.eq (i32.load8_u (local.get $at)) (i32.add (local.get $code) (i32.const 2))) ;; ] or }
          (then
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $behind)))
        (local.set $depth (i32.add (local.get $depth) (i32.const 1)))
        (local.set $kinds (i64.shl (local.get $kinds) (i64.const 1)))
        (br_if $value (i32.eq (local.get $code) (i32.const 0x5b))) ;; [
        (local.set $kinds (i64.or (local.get $kinds) (i64.const 1)))
        (local.set $at (call $key (local.get $at)))
        (br_if $value (local.get $at))
        (return (i32.const 0)))
      (loop $closed
        (if (i32.eqz (local.get $depth)) (then (return (i32.eq (local.get $at) (local.get $length)))))
        (local.set $code (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (if (i32.eq (local.get $code) (i32.const 0x2c)) ;; ,
          (then
            (br_if $value (i64.eqz (i64.and (local.get $kinds) (i64.const 1))))
            (local.set $at (call $key (local.get $at)))
            (br_if $value (local.get $at))
            (return (i32.const 0))))
        (if (i32.ne
              (local.get $code)
              (select (i32.const 0x7d) (i32.const 0x5d) (i32.wrap_i64 (i64.and (local.get $kinds) (i64.const 1))))) ;; } or ]
          (then (return (i32.const 0))))
        (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
        (local.set $kinds (i64.shr_u (local.get $kinds) (i64.const 1)))
        (br $closed)))
    (unreachable))

  ;; A string and a colon.
  (func $key (param $at i32) (result i32)
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)) (then (return (i32.const 0))))
    (local.set $at (call $string (local.get $at)))
    (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
    (select
      (i32.add (local.get $at) (i32.const 1))
      (i32.const 0)
      (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x3a))))

  ;; A string, from its first quote on: sixteen bytes at a time up to the next quote, backslash or control character.
  (func $string (param $at i32) (result i32)
    (local $bytes v128) (local $found i32) (local $code i32)
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (loop $on
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $found
        (i8x16.bitmask
          (v128.or
            (v128.or
              (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))
              (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c))))
            (i8x16.lt_u (local.get $bytes) (i8x16.splat (i32.const 0x20))))))
      (if (i32.eqz (local.get $found))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $on)))
      (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $found))))
      (local.set $code (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $code) (i32.const 0x22)) (then (return (i32.add (local.get $at) (i32.const 1)))))
      (if (i32.ne (local.get $code) (i32.const 0x5c)) (then (return (i32.const 0))))
      (local.set $at (call $escape (i32.add (local.get $at) (i32.const 1))))
      (br_if $on (local.get $at)))
    (i32.const 0))

  ;; What stands behind a backslash: one of " \ / b f n r t, or u and four hexadecimal digits.
  (func $escape (param $at i32) (result i32)
    (local $code i32)
    (local.set $code (i32.load8_u (local.get $at)))
    (if (i32.eq (local.get $code) (i32.const 0x75))
      (then
        (return
          (select
            (i32.add (local.get $at) (i32.const 5))
            (i32.const 0)
            (i32.and
              (i32.and
                (call $isHex (i32.load8_u offset=1 (local.get $at)))
                (call $isHex (i32.load8_u offset=2 (local.get $at))))
              (i32.and
                (call $isHex (i32.load8_u offset=3 (local.get $at)))
                (call $isHex (i32.load8_u offset=4 (local.get $at)))))))))
    (select
      (i32.add (local.get $at) (i32.const 1))
      (i32.const 0)
      (i8x16.bitmask
        (i8x16.eq
          (i8x16.splat (local.get $code))
          (v128.const i8x16 0x22 0x5c 0x2f 0x62 0x66 0x6e 0x72 0x74 0x22 0x22 0x22 0x22 0x22 0x22 0x22 0x22)))))

  ;; null, true, false or a number.
  (func $scalar (param $at i32) (result i32)
    (local $word i32)
    (local.set $word (i32.load (local.get $at)))
    (if (i32.or
          (i32.eq (local.get $word) (i32.const 0x6c6c756e)) ;; "null" with its first byte lowest
          (i32.eq (local.get $word) (i32.const 0x65757274))) ;; "true"
      (then (return (i32.add (local.get $at) (i32.const 4)))))
    (if (i32.and
          (i32.eq (local.get $word) (i32.const 0x736c6166)) ;; "fals"
          (i32.eq (i32.load8_u offset=4 (local.get $at)) (i32.const 0x65)))
      (then (return (i32.add (local.get $at) (i32.const 5)))))
    (call $number (local.get $at)))

  (func $number (param $at i32) (result i32)
    (local $code i32)
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2d)) ;; -
      (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x30)) ;; 0
      (then (local.set $at (i32.add (local.get $at) (i32.const 1))))
      (else
        (local.set $at (call $digits (local.get $at)))
        (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2e)) ;; .
      (then
        (local.set $at (call $digits (i32.add (local.get $at) (i32.const 1))))
        (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))))
    (if (i32.ne (i32.or (i32.load8_u (local.get $at)) (i32.const 0x20)) (i32.const 0x65)) ;; neither e nor E
      (then (return (local.get $at))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (local.set $code (i32.load8_u (local.get $at)))
    (if (i32.or (i32.eq (local.get $code) (i32.const 0x2b)) (i32.eq (local.get $code) (i32.const 0x2d))) ;; + or -
      (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (call $digits (local.get $at)))

  ;; One digit or more.
  (func $digits (param $at i32) (result i32)
    (if (i32.eqz (call $isDigit (i32.load8_u (local.get $at)))) (then (return (i32.const 0))))
    (loop $on
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $on (call $isDigit (i32.load8_u (local.get $at)))))
    (local.get $at))

  (func $isDigit (param $code i32) (result i32)
    (i32.lt_u (i32.sub (local.get $code) (i32.const 0x30)) (i32.const 10)))

  (func $isHex (param $code i32) (result i32)
    (i32.or
      (call $isDigit (local.get $code))
      (i32.lt_u (i32.sub (i32.or (local.get $code) (i32.const 0x20)) (i32.const 0x61)) (i32.const 6)))))
