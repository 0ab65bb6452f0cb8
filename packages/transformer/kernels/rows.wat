;; What is done row by row or number by number, in float32. Lengths are in numbers and multiples of 4, strides in bytes.
(module
  (import "env" "memory" (memory 1))

  ;; e^x: 2^n * e^r with |r| <= ln 2 / 2 and Cephes' polynomial of expf; relative error below 2e-7, zero below e^-87.
  (func $exp (param $x v128) (result v128)
    (local $n v128) (local $r v128) (local $live v128)
    (local.set $live (f32x4.gt (local.get $x) (v128.const f32x4 -87 -87 -87 -87)))
    (local.set $x (f32x4.min (f32x4.max (local.get $x) (v128.const f32x4 -87 -87 -87 -87)) (v128.const f32x4 88 88 88 88)))
    (local.set $n (f32x4.nearest (f32x4.mul (local.get $x) (v128.const f32x4 1.44269504 1.44269504 1.44269504 1.44269504))))
    ;; ln 2 in two parts, so that the first product is exact.
    (local.set $r (madd (local.get $n) (v128.const f32x4 -0.693359375 -0.693359375 -0.693359375 -0.693359375) (local.get $x)))
    (local.set $r (madd (local.get $n) (v128.const f32x4 2.12194440e-4 2.12194440e-4 2.12194440e-4 2.12194440e-4) (local.get $r)))
    (local.set $x (madd (local.get $r) (v128.const f32x4 1.9875691500e-4 1.9875691500e-4 1.9875691500e-4 1.9875691500e-4) (v128.const f32x4 1.3981999507e-3 1.3981999507e-3 1.3981999507e-3 1.3981999507e-3)))
    (local.set $x (madd (local.get $x) (local.get $r) (v128.const f32x4 8.3334519073e-3 8.3334519073e-3 8.3334519073e-3 8.3334519073e-3)))
    (local.set $x (madd (local.get $x) (local.get $r) (v128.const f32x4 4.1665795894e-2 4.1665795894e-2 4.1665795894e-2 4.1665795894e-2)))
    (local.set $x (madd (local.get $x) (local.get $r) (v128.const f32x4 1.6666665459e-1 1.6666665459e-1 1.6666665459e-1 1.6666665459e-1)))
    (local.set $x (madd (local.get $x) (local.get $r) (v128.const f32x4 0.5 0.5 0.5 0.5)))
    (local.set $x (madd (local.get $x) (f32x4.mul (local.get $r) (local.get $r)) (f32x4.add (local.get $r) (v128.const f32x4 1 1 1 1))))
    ;; Times 2^n: n goes into the exponent.
    (v128.and (local.get $live)
      (i32x4.add (local.get $x) (i32x4.shl (i32x4.trunc_sat_f32x4_s (local.get $n)) (i32.const 23)))))

  (func $sum (param $v v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 2 (local.get $v)))
      (f32.add (f32x4.extract_lane 1 (local.get $v)) (f32x4.extract_lane 3 (local.get $v)))))

  (func $max (param $v v128) (result f32)
    (f32.max
      (f32.max (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 2 (local.get $v)))
      (f32.max (f32x4.extract_lane 1 (local.get $v)) (f32x4.extract_lane 3 (local.get $v)))))

  ;; y = x * w / rms(x) for each row; 1 / rms goes to inverse for the way back.
  (func (export "rmsNorm") (param $x i32) (param $w i32) (param $y i32) (param $inverse i32) (param $rows i32) (param $d i32) (param $epsilon f32)
    (local $i i32) (local $bytes i32) (local $s v128) (local $v v128) (local $scale f32)
    (local.set $bytes (i32.shl (local.get $d) (i32.const 2)))
    (loop $row
      (local.set $s (v128.const i32x4 0 0 0 0))
      (local.set $i (i32.const 0))
      (loop $a
        (local.set $v (v128.load (i32.add (local.get $x) (local.get $i))))
        (local.set $s (madd (local.get $v) (local.get $v) (local.get $s)))
        (br_if $a (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $bytes))))
      (local.set $scale (f32.div (f32.const 1) (f32.sqrt (f32.add (f32.div (call $sum (local.get $s)) (f32.convert_i32_u (local.get $d))) (local.get $epsilon)))))
      (f32.store (local.get $inverse) (local.get $scale))
      (local.set $s (f32x4.splat (local.get $scale)))
      (local.set $i (i32.const 0))
      (loop $b
        (v128.store (i32.add (local.get $y) (local.get $i))
          (f32x4.mul (f32x4.mul (v128.load (i32.add (local.get $x) (local.get $i))) (local.get $s)) (v128.load (i32.add (local.get $w) (local.get $i)))))
        (br_if $b (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $bytes))))
      (local.set $x (i32.add (local.get $x) (local.get $bytes)))
      (local.set $y (i32.add (local.get $y) (local.get $bytes)))
      (local.set $inverse (i32.add (local.get $inverse) (i32.const 4)))
      (br_if $row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; dx += inverse * w * dy - x * inverse^3 / d * sum(w * dy * x)
  (func (export "rmsNormBack") (param $x i32) (param $w i32) (param $inverse i32) (param $dy i32) (param $dx i32) (param $rows i32) (param $d i32)
    (local $i i32) (local $bytes i32) (local $s v128) (local $t v128) (local $scale f32)
    (local.set $bytes (i32.shl (local.get $d) (i32.const 2)))
    (loop $row
      (local.set $s (v128.const i32x4 0 0 0 0))
      (local.set $i (i32.const 0))
      (loop $a
        (local.set $s (madd
          (f32x4.mul (v128.load (i32.add (local.get $dy) (local.get $i))) (v128.load (i32.add (local.get $w) (local.get $i))))
          (v128.load (i32.add (local.get $x) (local.get $i)))
          (local.get $s)))
        (br_if $a (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $bytes))))
      (local.set $scale (f32.load (local.get $inverse)))
      (local.set $t (f32x4.splat (f32.neg (f32.div
        (f32.mul (call $sum (local.get $s)) (f32.mul (local.get $scale) (f32.mul (local.get $scale) (local.get $scale))))
        (f32.convert_i32_u (local.get $d))))))
      (local.set $s (f32x4.splat (local.get $scale)))
      (local.set $i (i32.const 0))
      (loop $b
        (v128.store (i32.add (local.get $dx) (local.get $i))
          (madd (v128.load (i32.add (local.get $x) (local.get $i))) (local.get $t)
            (madd
              (f32x4.mul (v128.load (i32.add (local.get $dy) (local.get $i))) (v128.load (i32.add (local.get $w) (local.get $i))))
              (local.get $s)
              (v128.load (i32.add (local.get $dx) (local.get $i))))))
        (br_if $b (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $bytes))))
      (local.set $x (i32.add (local.get $x) (local.get $bytes)))
      (local.set $dy (i32.add (local.get $dy) (local.get $bytes)))
      (local.set $dx (i32.add (local.get $dx) (local.get $bytes)))
      (local.set $inverse (i32.add (local.get $inverse) (i32.const 4)))
      (br_if $row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  (func $sigmoid (param $x v128) (result v128)
    (f32x4.div (v128.const f32x4 1 1 1 1) (f32x4.add (v128.const f32x4 1 1 1 1) (call $exp (f32x4.neg (local.get $x))))))

  ;; h = gate * sigmoid(gate) * up
  (func (export "silu") (param $gate i32) (param $up i32) (param $h i32) (param $n i32)
    (local $g v128)
    (loop $next
      (local.set $g (v128.load (local.get $gate)))
      (v128.store (local.get $h) (f32x4.mul (f32x4.mul (local.get $g) (call $sigmoid (local.get $g))) (v128.load (local.get $up))))
      (local.set $gate (i32.add (local.get $gate) (i32.const 16)))
      (local.set $up (i32.add (local.get $up) (i32.const 16)))
      (local.set $h (i32.add (local.get $h) (i32.const 16)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 4))))))

  ;; dup = dh * gate * s, dgate = dh * up * s * (1 + gate * (1 - s)), s = sigmoid(gate). dup may be dh itself.
  (func (export "siluBack") (param $gate i32) (param $up i32) (param $dh i32) (param $dgate i32) (param $dup i32) (param $n i32)
    (local $g v128) (local $s v128) (local $d v128)
    (loop $next
      (local.set $g (v128.load (local.get $gate)))
      (local.set $s (call $sigmoid (local.get $g)))
      (local.set $d (f32x4.mul (v128.load (local.get $dh)) (local.get $s)))
      (v128.store (local.get $dup) (f32x4.mul (local.get $d) (local.get $g)))
      (v128.store (local.get $dgate) (f32x4.mul
        (f32x4.mul (local.get $d) (v128.load (local.get $up)))
        (madd (local.get $g) (f32x4.sub (v128.const f32x4 1 1 1 1) (local.get $s)) (v128.const f32x4 1 1 1 1))))
      (local.set $gate (i32.add (local.get $gate) (i32.const 16)))
      (local.set $up (i32.add (local.get $up) (i32.const 16)))
      (local.set $dh (i32.add (local.get $dh) (i32.const 16)))
      (local.set $dgate (i32.add (local.get $dgate) (i32.const 16)))
      (local.set $dup (i32.add (local.get $dup) (i32.const 16)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 4))))))

  ;; Rotates the halves of each head in place; row r uses row r of the tables cos and sin [positions, half]. sign -1 rotates back.
  (func (export "rope") (param $x i32) (param $rows i32) (param $heads i32) (param $half i32) (param $cos i32) (param $sin i32) (param $sign f32)
    (local $h i32) (local $i i32) (local $bytes i32) (local $a v128) (local $b v128) (local $c v128) (local $s v128) (local $p i32)
    (local.set $bytes (i32.shl (local.get $half) (i32.const 2)))
    (loop $row
      (local.set $h (local.get $heads))
      (loop $head
        (local.set $i (i32.const 0))
        (loop $next
          (local.set $p (i32.add (local.get $x) (local.get $i)))
          (local.set $c (v128.load (i32.add (local.get $cos) (local.get $i))))
          (local.set $s (f32x4.mul (v128.load (i32.add (local.get $sin) (local.get $i))) (f32x4.splat (local.get $sign))))
          (local.set $a (v128.load (local.get $p)))
          (local.set $b (v128.load (i32.add (local.get $p) (local.get $bytes))))
          (v128.store (local.get $p) (f32x4.sub (f32x4.mul (local.get $a) (local.get $c)) (f32x4.mul (local.get $b) (local.get $s))))
          (v128.store (i32.add (local.get $p) (local.get $bytes)) (f32x4.add (f32x4.mul (local.get $b) (local.get $c)) (f32x4.mul (local.get $a) (local.get $s))))
          (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $bytes))))
        (local.set $x (i32.add (local.get $x) (i32.shl (local.get $bytes) (i32.const 1))))
        (br_if $head (local.tee $h (i32.sub (local.get $h) (i32.const 1)))))
      (local.set $cos (i32.add (local.get $cos) (local.get $bytes)))
      (local.set $sin (i32.add (local.get $sin) (local.get $bytes)))
      (br_if $row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  (func $rowMax (param $x i32) (param $n i32) (result f32)
    (local $m v128)
    (local.set $m (v128.load (local.get $x)))
    (loop $next
      (local.set $m (f32x4.pmax (local.get $m) (v128.load (local.get $x))))
      (local.set $x (i32.add (local.get $x) (i32.const 16)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 4)))))
    (call $max (local.get $m)))

  ;; x = e^(x * scale - shift); answers the sum.
  (func $expRow (param $x i32) (param $n i32) (param $scale f32) (param $shift f32) (result f32)
    (local $s v128) (local $e v128) (local $a v128) (local $b v128)
    (local.set $a (f32x4.splat (local.get $scale)))
    (local.set $b (f32x4.splat (f32.neg (local.get $shift))))
    (loop $next
      (local.set $e (call $exp (madd (v128.load (local.get $x)) (local.get $a) (local.get $b))))
      (v128.store (local.get $x) (local.get $e))
      (local.set $s (f32x4.add (local.get $s) (local.get $e)))
      (local.set $x (i32.add (local.get $x) (i32.const 16)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 4)))))
    (call $sum (local.get $s)))

  (func $scaleRow (param $x i32) (param $n i32) (param $by f32)
    (local $s v128)
    (local.set $s (f32x4.splat (local.get $by)))
    (loop $next
      (v128.store (local.get $x) (f32x4.mul (v128.load (local.get $x)) (local.get $s)))
      (local.set $x (i32.add (local.get $x) (i32.const 16)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 4))))))

  (func $fill (param $x i32) (param $to i32) (param $value f32)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $x) (local.get $to)))
      (f32.store (local.get $x) (local.get $value))
      (local.set $x (i32.add (local.get $x) (i32.const 4)))
      (br $next))))

  ;; One row becomes its softmax; writes its maximum and the sum of e^(x - maximum) to about, from which log-probabilities follow.
  (func (export "softmaxRow") (param $x i32) (param $n i32) (param $about i32)
    (local $m f32) (local $s f32)
    (local.set $m (call $rowMax (local.get $x) (local.get $n)))
    (local.set $s (call $expRow (local.get $x) (local.get $n) (f32.const 1) (local.get $m)))
    (f32.store (local.get $about) (local.get $m))
    (f32.store offset=4 (local.get $about) (local.get $s))
    (call $scaleRow (local.get $x) (local.get $n) (f32.div (f32.const 1) (local.get $s))))

  ;; Causal softmax of scaled scores, in place. Row r sees columns [0, prefix) and [own, own + seen + r); the others, up to width, become zero.
  (func (export "attentionSoftmax") (param $x i32) (param $stride i32) (param $rows i32) (param $prefix i32) (param $own i32) (param $seen i32) (param $width i32) (param $scale f32)
    (local $m f32) (local $end i32)
    (loop $row
      (local.set $end (i32.add (local.get $x) (i32.shl (local.get $width) (i32.const 2))))
      (call $fill (i32.add (local.get $x) (i32.shl (local.get $prefix) (i32.const 2))) (i32.add (local.get $x) (i32.shl (local.get $own) (i32.const 2))) (f32.const -1e30))
      (call $fill (i32.add (local.get $x) (i32.shl (i32.add (local.get $own) (local.get $seen)) (i32.const 2))) (local.get $end) (f32.const -1e30))
      (local.set $m (f32.mul (call $rowMax (local.get $x) (local.get $width)) (local.get $scale)))
      (call $scaleRow (local.get $x) (local.get $width)
        (f32.div (f32.const 1) (call $expRow (local.get $x) (local.get $width) (local.get $scale) (local.get $m))))
      (local.set $x (i32.add (local.get $x) (local.get $stride)))
      (local.set $seen (i32.add (local.get $seen) (i32.const 1)))
      (br_if $row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; The way back through it, in place: d = p * (d - sum(p * d)) * scale.
  (func (export "attentionSoftmaxBack") (param $p i32) (param $d i32) (param $stride i32) (param $rows i32) (param $width i32) (param $scale f32)
    (local $i i32) (local $s v128) (local $k v128) (local $bytes i32)
    (local.set $bytes (i32.shl (local.get $width) (i32.const 2)))
    (local.set $k (f32x4.splat (local.get $scale)))
    (loop $row
      (local.set $s (v128.const i32x4 0 0 0 0))
      (local.set $i (i32.const 0))
      (loop $a
        (local.set $s (madd (v128.load (i32.add (local.get $p) (local.get $i))) (v128.load (i32.add (local.get $d) (local.get $i))) (local.get $s)))
        (br_if $a (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $bytes))))
      (local.set $s (f32x4.splat (call $sum (local.get $s))))
      (local.set $i (i32.const 0))
      (loop $b
        (v128.store (i32.add (local.get $d) (local.get $i))
          (f32x4.mul
            (f32x4.mul (v128.load (i32.add (local.get $p) (local.get $i))) (f32x4.sub (v128.load (i32.add (local.get $d) (local.get $i))) (local.get $s)))
            (local.get $k)))
        (br_if $b (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $bytes))))
      (local.set $p (i32.add (local.get $p) (local.get $stride)))
      (local.set $d (i32.add (local.get $d) (local.get $stride)))
      (br_if $row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; Rows of cols numbers, stride bytes apart, become panels of 8 of the transposed matrix: [rows / 8][cols][8], missing rows zero.
  (func (export "packTransposed") (param $x i32) (param $stride i32) (param $rows i32) (param $cols i32) (param $to i32)
    (local $r i32) (local $c i32) (local $from i32) (local $out i32)
    (local $v0 v128) (local $v1 v128) (local $v2 v128) (local $v3 v128) (local $t0 v128) (local $t1 v128) (local $t2 v128) (local $t3 v128)
    (loop $panel
      (local.set $r (i32.const 0))
      ;; Two quarters of a panel: rows 0..3 go to lanes 0..3, rows 4..7 to lanes 4..7.
      (loop $quarter
        (local.set $c (i32.const 0))
        (local.set $from (i32.add (local.get $x) (i32.mul (local.get $r) (local.get $stride))))
        (local.set $out (i32.add (local.get $to) (i32.shl (local.get $r) (i32.const 2))))
        (loop $next
          (local.set $v0 (v128.const i32x4 0 0 0 0)) (local.set $v1 (v128.const i32x4 0 0 0 0)) (local.set $v2 (v128.const i32x4 0 0 0 0)) (local.set $v3 (v128.const i32x4 0 0 0 0))
          (if (i32.gt_s (local.get $rows) (local.get $r))
            (then (local.set $v0 (v128.load (local.get $from)))))
          (if (i32.gt_s (local.get $rows) (i32.add (local.get $r) (i32.const 1)))
            (then (local.set $v1 (v128.load (i32.add (local.get $from) (local.get $stride))))))
          (if (i32.gt_s (local.get $rows) (i32.add (local.get $r) (i32.const 2)))
            (then (local.set $v2 (v128.load (i32.add (local.get $from) (i32.shl (local.get $stride) (i32.const 1)))))))
          (if (i32.gt_s (local.get $rows) (i32.add (local.get $r) (i32.const 3)))
            (then (local.set $v3 (v128.load (i32.add (local.get $from) (i32.mul (local.get $stride) (i32.const 3)))))))
          (local.set $t0 (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $v0) (local.get $v1)))
          (local.set $t1 (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $v0) (local.get $v1)))
          (local.set $t2 (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $v2) (local.get $v3)))
          (local.set $t3 (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $v2) (local.get $v3)))
          (v128.store (local.get $out) (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $t0) (local.get $t2)))
          (v128.store offset=32 (local.get $out) (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $t0) (local.get $t2)))
          (v128.store offset=64 (local.get $out) (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $t1) (local.get $t3)))
          (v128.store offset=96 (local.get $out) (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $t1) (local.get $t3)))
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (local.set $out (i32.add (local.get $out) (i32.const 128)))
          (br_if $next (i32.lt_u (local.tee $c (i32.add (local.get $c) (i32.const 4))) (local.get $cols))))
        (br_if $quarter (i32.lt_u (local.tee $r (i32.add (local.get $r) (i32.const 4))) (i32.const 8))))
      (local.set $x (i32.add (local.get $x) (i32.shl (local.get $stride) (i32.const 3))))
      (local.set $to (i32.add (local.get $to) (i32.shl (local.get $cols) (i32.const 5))))
      (br_if $panel (i32.gt_s (local.tee $rows (i32.sub (local.get $rows) (i32.const 8))) (i32.const 0)))))
)
