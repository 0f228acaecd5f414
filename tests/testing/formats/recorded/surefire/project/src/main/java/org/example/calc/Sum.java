package org.example.calc;

public class Sum {
    public static int add(int a, int b) {
        return a + b;
    }

    public static int length(String text) {
        return text.length();
    }
}
