#!/bin/bash
# Prints an assembler file that carries every migration inside the program, in order.
set -euo pipefail
echo '.section .rodata'
n=0
for file in schema/[0-9][0-9][0-9][0-9]_*.sql; do
    printf '.Lname%d: .asciz "%s"\n.Ltext%d: .incbin "%s"\n.byte 0\n' $n "$(basename "$file")" $n "$file"
    n=$((n + 1))
done
# The table holds addresses, so it must be writable while the loader relocates it.
printf '.section .data.rel.ro,"aw"\n.balign 8\n.globl migration_table\nmigration_table:\n'
for ((i = 0; i < n; i++)); do printf '.quad .Lname%d, .Ltext%d\n' $i $i; done
printf '.quad 0, 0\n.section .note.GNU-stack,"",@progbits\n'
